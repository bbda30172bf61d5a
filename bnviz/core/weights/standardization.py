"""Weight standardization: the one sentence of the normalizers, said of a weight.

Letters: **O** outputs (rows, filters), **I** inputs of one output, over all of its axes.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.axes import standardize, standardize_backward
from bnviz.core.functional.checks import check_numbers
from bnviz.core.weights.rows import as_rows, incoming_rows


class WeightStandardizationCache(NamedTuple):
    """What :func:`weight_standardization_backward` has to know about the forward pass."""

    w_hat_OI: Array
    inv_std_O1: Array
    shape: tuple[int, ...]


def weight_standardization(
    w: Array, *, eps: float = 1e-5
) -> tuple[Array, WeightStandardizationCache]:
    """Standardize each row of a weight: mean 0 and variance 1 over its inputs.

    Parameters
    ----------
    w : array, shape (O, ...)
        Never modified.
    eps : float
        Added to the variance, inside the square root.

    Returns
    -------
    w_hat : array
        Shape and dtype of ``w``.
    cache : WeightStandardizationCache
        For :func:`weight_standardization_backward`.

    Raises
    ------
    ValueError
        If ``w`` has fewer than two axes or is not floating, or a row has only one value. If eps is
        negative or not finite.

    Notes
    -----
    The one sentence of the normalizers, said of a weight. It is meant for layers before group
    norm, in batches too small for batch norm. Nothing is learned that undoes it.

    The variance is 1, not 1 / I: activations grow with the root of I, and the normalizer after the
    layer must put that right. The authors' code divides by ``std + eps`` and takes the unbiased
    deviation; here eps is inside the root, as everywhere in this project.

    Source: Qiao et al. 2019.

    Examples
    --------
    >>> weight_standardization(np.array([[1.0, 3.0], [10.0, 30.0]]), eps=0.0)[0]
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    w_OI = as_rows(w, "w")
    check_numbers(eps)
    if w_OI.shape[1] == 1:
        raise ValueError(f"a row must have more than 1 value, got a weight of {np.shape(w)}")
    s = standardize(w_OI, (-1,), float(eps))
    shape = np.shape(w)
    cache = WeightStandardizationCache(s.x_hat, s.inv_std, shape)
    return s.x_hat.reshape(shape).copy(), cache


def weight_standardization_backward(dw_hat: Array, cache: WeightStandardizationCache) -> Array:
    """Give the gradient of the loss with respect to the weight before it was standardized.

    Parameters
    ----------
    dw_hat : array
        Gradient with respect to ``w_hat``, and shaped like it. Never modified.
    cache : WeightStandardizationCache
        From :func:`weight_standardization`.

    Returns
    -------
    array
        Shaped as ``w``; sums to 0 in each row.

    Raises
    ------
    ValueError
        If ``dw_hat`` is not floating or not shaped like ``w_hat``.

    Examples
    --------
    >>> _, cache = weight_standardization(np.array([[1.0, 2.0, 6.0]]))
    >>> dw = weight_standardization_backward(np.ones((1, 3)), cache)
    >>> bool(np.abs(dw).max() < 1e-15)
    True
    """
    w_hat_OI, inv_std_O1, shape = cache
    dw_OI = incoming_rows(dw_hat, shape, w_hat_OI)
    dx_OI, _, _ = standardize_backward(dw_OI, w_hat_OI, inv_std_O1, (-1,))
    return dx_OI.reshape(shape)
