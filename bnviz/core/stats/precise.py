"""Precise batch norm for a trainer's network: statistics of many examples at the present weights.

Shape legend: N examples, G batches, B batch size, L hidden layers, C width. A leading replica axis
R is allowed.
"""

from dataclasses import replace

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.stats.recalibration import MEANINGS, VARIANCES


def precise_stats(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    *,
    batch_size: int,
    meaning: str = "training batches",
    variance: str = "total",
) -> Array:
    """Return what evaluation should normalize with, in the place of the running statistics.

    Parameters
    ----------
    spec : Spec
        With a norm that looks at the batch.
    parameters : Parameters
    x_ND : array, shape (N, D)
        Usually training examples.
    batch_size : int
        Must divide N. Usually that of training.
    meaning : {"training batches", "all at once", "layer by layer"}
        A key of ``recalibration.MEANINGS``: what the layers below do while one is measured.
    variance : {"total", "mean of batches"}
        A key of ``recalibration.VARIANCES``.

    Returns
    -------
    array, shape (2, L, C) or (2, L, R, C)
        Means and variances, for ``forward(..., running_stats=...)``.

    Raises
    ------
    ValueError
        If a name is unknown, the norm has no running statistics, or the batch size does not fit.

    Notes
    -----
    What it means, and what surprises people: ``recalibration.precise_batch_norm``, which does the
    same for networks of ``core/nn``. Nothing drops out while statistics are taken, so after
    training with dropout these suit evaluation better than the running ones (Li et al. 2019).
    Batch renorm and ghost batch norm are measured as batch norm.

    Examples
    --------
    >>> from bnviz.core.network.init import mlp_weights
    >>> spec = Spec(n_inputs=1, width=1, depth=1, n_classes=2)
    >>> parameters = Parameters.start(spec, [np.ones((1, 1)), np.ones((1, 2))], np.float64)
    >>> x = np.array([[1.0], [3.0], [11.0], [13.0]])
    >>> precise_stats(spec, parameters, x, batch_size=2).ravel()
    array([ 7., 26.])
    """
    for kind, name, known in (("meaning", meaning, MEANINGS), ("variance", variance, VARIANCES)):
        if name not in known:
            raise ValueError(f"{kind} must be one of {tuple(known)}, got {name!r}")
    if not spec.over_batch:
        raise ValueError(f"norm must have running statistics to replace, got {spec.norm!r}")
    if spec.norm in ("renorm", "ghost"):
        spec = replace(spec, norm="bn")
    if variance == "mean of batches" and batch_size < 2:
        raise ValueError(
            f"batch_size must be at least 2 for variances of its own, got {batch_size}"
        )
    if meaning == "all at once":
        batch_size = x_ND.shape[-2]
    if meaning != "layer by layer":
        found = _measure(spec, parameters, x_ND, batch_size, variance, None)
    else:
        found = np.ones((2, *parameters.gamma.shape))
        for layer in range(spec.depth):
            now = _measure(spec, parameters, x_ND, batch_size, variance, found)
            found[:, layer] = now[:, layer]
    return found.astype(parameters.flat.dtype)


def _measure(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    batch_size: int,
    variance: str,
    running_stats: Array | None,
) -> Array:
    """Return the statistics of what each norm reads, in float64."""
    done = forward(spec, parameters, x_ND, batch_size=batch_size, running_stats=running_stats)
    read = done.linear if spec.placement == "before" else done.activated
    return np.stack([_moments(x_NC, batch_size, variance) for x_NC in read], axis=1)


def _moments(x_NC: Array, batch_size: int, variance: str) -> Array:
    """Return mean and variance over all examples, shape (2, C)."""
    x_NC = x_NC.astype(np.float64)
    mean_C = x_NC.mean(-2)
    if variance == "total":
        return np.stack([mean_C, x_NC.var(-2)])
    x_GBC = x_NC.reshape(*x_NC.shape[:-2], -1, batch_size, x_NC.shape[-1])
    return np.stack([mean_C, x_GBC.var(-2, ddof=1).mean(-2)])
