"""Dropout in front of batch norm: the variance in evaluation is not the one of training."""

import math

from bnviz.core.domain import require, require_not_negative, require_positive


def dropout_variance(keep: float, mean: float, var: float) -> float:
    """Return the variance of values after inverted dropout in training mode.

    Parameters
    ----------
    keep : float
        Probability that a value stays, above 0 and at most 1. Values that stay are divided by it,
        the others become 0. PyTorch's ``p`` is ``1 - keep``.
    mean, var : float
        Of the values before dropout, over the examples. The variance is 0 or more.

    Returns
    -------
    float
        In units of ``var``.

    Notes
    -----
    Dropout leaves the mean as it is, but not the variance. Even a constant gets one, if it is not
    zero.

    How sure: proved, since a mask that does not depend on the values makes the mean square
    ``(mean^2 + var) / keep``. Source: Li et al. 2019, the case of dropout right before batch norm.

    Examples
    --------
    >>> dropout_variance(0.5, mean=0.0, var=1.0), dropout_variance(0.5, mean=3.0, var=1.0)
    (2.0, 11.0)
    """
    require(0 < keep <= 1, "keep", "above 0 and at most 1", keep)
    require(math.isfinite(mean), "mean", "a finite number", mean)
    require_not_negative(var=var)
    return var / keep + mean**2 * (1 - keep) / keep


def dropout_variance_shift(keep: float, mean: float, var: float) -> float:
    """Return the variance in evaluation over the variance in training, after dropout.

    Parameters
    ----------
    keep, mean, var : float
        As in :func:`dropout_variance`; the variance is above 0.

    Returns
    -------
    float
        Above 0 and at most 1, without unit. 1 means that there is no shift.

    Notes
    -----
    Batch norm learns its running variance while dropout is on. In evaluation dropout is off and
    the variance smaller, so the outputs are too small: by the root of this number. Running
    statistics that are estimated anew with dropout off do not have this error.

    At mean 0 it is ``keep``. Any other mean makes it worse: it is worse after ReLU than after tanh.

    How sure: proved where batch norm follows dropout directly, and also with a linear layer
    between them, whatever its weights, if the values that enter it are uncorrelated and share mean
    and variance. Units of a trained network are correlated, which changes the number. It does not
    hold for dropout after the last batch norm: nothing is then shifted.

    Source: Li et al. 2019, the case of dropout right before batch norm; the linear layer and the
    general mean are derived here.

    Examples
    --------
    >>> from bnviz.core.theory import RELU_MEAN, RELU_VAR
    >>> [round(dropout_variance_shift(q, RELU_MEAN, RELU_VAR), 3) for q in (0.9, 0.7, 0.5, 0.3)]
    [0.86, 0.614, 0.405, 0.226]
    """
    require_positive(var=var)
    return var / dropout_variance(keep, mean, var)
