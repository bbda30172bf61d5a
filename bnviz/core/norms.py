"""The norms of a network, written to be read; the other half of ``passes``.

Shape legend: N examples, B batch size, G = N / B batches, C width, S units that share their
statistics. A leading replica axis is allowed everywhere.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.functional import Standardized, standardize, standardize_backward, standardize_with
from bnviz.core.network import Array, Spec

ROWS = (-2,)  # the axis of the examples within a batch
UNITS = (-1,)  # the axis of the units, or of those in a group


class Normalized(NamedTuple):
    """What a norm leaves behind, the affine part apart.

    Attributes
    ----------
    scaled : array, shape (N, C)
        What gamma multiplies.
    statistics : Standardized
        With arrays of shape (G, B, C) and (G, 1, C) where the norm looks at the batch, and of
        shape (N, C / S, S) and (N, C / S, 1) where it looks at each example alone.
    constant : bool
        Whether the statistics were given, as in evaluation; no gradient goes through them.
    """

    scaled: Array
    statistics: Standardized
    constant: bool


def normalize(
    spec: Spec, x_NC: Array, batch_size: int, running: tuple[Array, Array] | None
) -> Normalized:
    """Normalize examples as ``spec.norm`` says.

    Parameters
    ----------
    spec : Spec
    x_NC : array, shape (N, C)
    batch_size : int
        Examples that share their statistics, where the norm looks at the batch.
    running : pair of arrays, shape (C,), or None
        Mean and variance to use in the place of those of the batch.

    Returns
    -------
    Normalized
    """
    if not spec.over_batch:
        groups = x_NC.reshape(*x_NC.shape[:-1], -1, spec.group_width)
        s = (
            _by_rms(groups, spec.eps)
            if spec.norm == "rms"
            else standardize(groups, UNITS, spec.eps)
        )
        return Normalized(s.x_hat.reshape(x_NC.shape), s, constant=False)
    x_GBC = x_NC.reshape(*x_NC.shape[:-2], -1, batch_size, x_NC.shape[-1])
    if running is None:
        s = standardize(x_GBC, ROWS, spec.eps)
    else:
        mean, var = (stat[..., None, None, :] for stat in running)
        s = standardize_with(x_GBC, mean, var, spec.eps)
    scaled = s.x_hat
    if spec.norm == "mean-only":
        scaled = x_GBC - s.mean
    elif spec.norm == "std-only":
        scaled = x_GBC * s.inv_std
    return Normalized(scaled.reshape(x_NC.shape), s, constant=running is not None)


def _by_rms(x: Array, eps: float) -> Standardized:
    """Standardize without a mean: the mean square is the variance."""
    square = (x * x).mean(-1, keepdims=True)
    inv_rms = 1 / np.sqrt(square + eps)
    return Standardized(x * inv_rms, np.zeros_like(square), square, inv_rms)


def normalize_backward(spec: Spec, dscaled_NC: Array, done: Normalized) -> Array:
    """Carry a gradient back through :func:`normalize`.

    Parameters
    ----------
    spec : Spec
    dscaled_NC : array, shape (N, C)
        Gradient with respect to ``done.scaled``.
    done : Normalized

    Returns
    -------
    dx : array, shape (N, C)
    """
    s = done.statistics
    d = dscaled_NC.reshape(s.x_hat.shape)
    if done.constant:
        dx = d if spec.norm == "mean-only" else d * s.inv_std
    elif spec.norm == "mean-only":
        dx = d - d.mean(-2, keepdims=True)
    elif spec.norm == "std-only":
        along = (d * done.scaled.reshape(d.shape)).mean(-2, keepdims=True)
        dx = (d - s.x_hat * along) * s.inv_std
    elif spec.norm == "rms":
        dx = (d - s.x_hat * (d * s.x_hat).mean(-1, keepdims=True)) * s.inv_std
    else:
        axes = ROWS if spec.over_batch else UNITS
        dx, _, _ = standardize_backward(d, s.x_hat, s.inv_std, axes)
    return dx.reshape(dscaled_NC.shape)
