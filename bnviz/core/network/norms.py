"""The norm of a hidden layer, forward and backward, written to be read.

Shape legend: N examples, B batch size, G = N / B batches, C width, S units that share their
statistics. A leading replica axis is allowed everywhere.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional import Standardized, standardize, standardize_backward, standardize_with
from bnviz.core.network.spec import Spec

ROWS = (-2,)  # the axis of the examples within a batch
UNITS = (-1,)  # the axis of the units, or of those in a group


class Normalized(NamedTuple):
    """The result of a norm before gamma and beta, with its statistics.

    Attributes
    ----------
    scaled : array, shape (N, C)
        What gamma multiplies.
    statistics : Standardized
        With arrays of shape (G, B, C) and (G, 1, C) where the norm looks at the batch, and of
        shape (N, C / S, S) and (N, C / S, 1) where it looks at each example alone.
    constant : bool
        Whether the statistics were given, as in evaluation; no gradient goes through them.
    r : array of shape (G, 1, C), or None
        Batch renorm's correction of the scale, a constant to the gradient.
    """

    scaled: Array
    statistics: Standardized
    constant: bool
    r: Array | None


def normalize(
    spec: Spec,
    x_NC: Array,
    batch_size: int,
    running: tuple[Array, Array] | None,
    *,
    training: bool,
) -> Normalized:
    """Normalize examples as ``spec.norm`` says.

    Parameters
    ----------
    batch_size : int
        Examples that share their statistics, where the norm looks at the batch.
    running : pair of arrays, shape (C,), or None
        Mean and variance: in evaluation instead of those of the batch, in training to correct
        towards with batch renorm.
    """
    if not spec.over_batch:
        return _within_examples(spec, x_NC)
    if running is None and (spec.norm == "renorm" or not training):
        raise ValueError(f"running_stats must be given for {spec.norm!r} in this mode, got None")
    x_GBC = x_NC.reshape(*x_NC.shape[:-2], -1, _rows(spec, batch_size, training), x_NC.shape[-1])
    given = [stat[..., None, None, :] for stat in running or ()]
    if training:
        s = standardize(x_GBC, ROWS, spec.eps)
    else:
        s = standardize_with(x_GBC, given[0], given[1], spec.eps)
    scaled, r = s.x_hat, None
    if spec.norm == "mean-only":
        scaled = x_GBC - s.mean
    elif spec.norm == "std-only":
        scaled = x_GBC * s.inv_std
    elif spec.norm == "renorm" and training:
        r, d = _corrections(spec, s, *given)
        scaled = s.x_hat * r + d
    return Normalized(scaled.reshape(x_NC.shape), s, not training, r)


def _within_examples(spec: Spec, x_NC: Array) -> Normalized:
    groups = x_NC.reshape(*x_NC.shape[:-1], -1, spec.group_width)
    s = _by_rms(groups, spec.eps) if spec.norm == "rms" else standardize(groups, UNITS, spec.eps)
    return Normalized(s.x_hat.reshape(x_NC.shape), s, constant=False, r=None)


def _by_rms(x: Array, eps: float) -> Standardized:
    """Standardize without a mean: the mean square is the variance."""
    square = (x * x).mean(-1, keepdims=True)
    inv_rms = 1 / np.sqrt(square + eps)
    return Standardized(x * inv_rms, np.zeros_like(square), square, inv_rms)


def _corrections(
    spec: Spec, s: Standardized, running_mean: Array, running_var: Array
) -> tuple[Array, Array]:
    """Return batch renorm's r and d (Ioffe 2017, Algorithm 1)."""
    inv_running_std = 1 / np.sqrt(running_var + spec.eps)
    r = np.clip(inv_running_std / s.inv_std, 1 / spec.r_max, spec.r_max)
    d = np.clip((s.mean - running_mean) * inv_running_std, -spec.d_max, spec.d_max)
    return r, d


def _rows(spec: Spec, batch_size: int, training: bool) -> int:
    """Return how many examples share their statistics."""
    if spec.norm != "ghost" or not training:
        return batch_size
    if batch_size % spec.ghost_size:
        raise ValueError(
            f"ghost_size must divide the {batch_size} examples of a batch, got {spec.ghost_size}"
        )
    return spec.ghost_size


def normalize_backward(spec: Spec, dscaled_NC: Array, done: Normalized) -> Array:
    """Return the gradient of ``x``, given that of ``done.scaled``, both of shape (N, C)."""
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
        gain = s.inv_std if done.r is None else s.inv_std * done.r
        dx, _, _ = standardize_backward(d, s.x_hat, gain, axes)
    return dx.reshape(dscaled_NC.shape)
