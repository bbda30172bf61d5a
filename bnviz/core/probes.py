"""What is looked at while a network trains.

``describe`` turns activations into a few numbers and a histogram. ``Probe`` looks at the training
step that has just been done, and costs little since it computes no activation of its own.
``evaluate`` sends held-out examples through the network, in training mode and in evaluation mode.

Shape legend: S stacks (a layer at a site), V values, L hidden layers, N batch, C width, B bins.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.network import Array, Parameters
from bnviz.core.trainer import Trainer

N_BINS = 40
FLAT = 0.0591
"""A saturated unit: its slope is below this share of the largest, as where abs(tanh) > 0.97."""


class Summary(NamedTuple):
    """Numbers that stand for many values, a row for each stack.

    Attributes
    ----------
    mean, std : arrays, shape (S,)
    lo, hi : arrays, shape (S,)
        Smallest and largest value; the histogram runs from one to the other.
    counts : array of int, shape (S, B)
    """

    mean: Array
    std: Array
    lo: Array
    hi: Array
    counts: NDArray[np.intp]

    def each(self, change: Callable[[Any], Any]) -> "Summary":
        """Return the summary with every array changed in the same way."""
        return Summary(*(change(part) for part in self))


def describe(values_SV: Array, n_bins: int = N_BINS) -> Summary:
    """Summarize the values of each row.

    Parameters
    ----------
    values_SV : array, shape (S, V)
    n_bins : int
        Bins of the histogram, equally wide, from the smallest value of a row to its largest.

    Returns
    -------
    Summary

    Notes
    -----
    The variance takes two passes: a layer that has collapsed to one value has a standard
    deviation far below its mean, and a one-pass variance would lose it. All histograms are one
    ``bincount`` with an offset for each row, 12 times quicker than ``np.histogram`` row by row.
    A row with a value that is not finite gets an empty histogram.

    Examples
    --------
    >>> summary = describe(np.array([[0.0, 1.0, 2.0, 3.0]]), n_bins=2)
    >>> summary.mean, summary.counts
    (array([1.5]), array([[2, 2]]))
    """
    n_rows, n_values = values_SV.shape
    lo_S, hi_S = values_SV.min(1), values_SV.max(1)
    mean_S = values_SV.dot(np.full(n_values, 1 / n_values, values_SV.dtype))
    scaled_SV = values_SV - mean_S[:, None]
    std_S = np.sqrt(np.einsum("sv,sv->s", scaled_SV, scaled_SV) / n_values)
    width_S = hi_S - lo_S
    usable_S = width_S < np.inf
    # From 0 at the smallest value to just below n_bins at the largest, then a bin of its own row.
    per_unit_S = n_bins * (1 - 2**-12) / np.where(width_S > 0, width_S, 1)
    start_S = (mean_S - lo_S) * per_unit_S + np.arange(0, n_rows * n_bins, n_bins)
    scaled_SV *= per_unit_S[:, None]
    scaled_SV += start_S.astype(values_SV.dtype)[:, None]
    if not usable_S.all():
        scaled_SV[~usable_S] = n_bins * np.flatnonzero(~usable_S)[:, None]
    counts_SB = np.bincount(scaled_SV.astype(np.intp).ravel(), minlength=n_rows * n_bins)
    counts_SB = counts_SB.reshape(n_rows, n_bins)
    counts_SB[~usable_S] = 0
    return Summary(mean_S, std_S, lo_S, hi_S, counts_SB)


def quantiles(
    lo: Array, hi: Array, counts: NDArray[np.integer], levels: tuple[float, ...]
) -> Array:
    """Return quantiles from histograms, right to within one bin.

    Parameters
    ----------
    lo, hi : arrays, shape (...)
    counts : array, shape (..., B)
    levels : tuple of Q numbers between 0 and 1

    Returns
    -------
    array, shape (..., Q)
        NaN where a histogram is empty.

    Examples
    --------
    >>> quantiles(np.array(0.0), np.array(4.0), np.array([1, 1, 1, 1]), (0.5,))
    array([2.])
    """
    n_bins = counts.shape[-1]
    below = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, -1)], -1)
    total = below[..., -1:]
    found = []
    for level in levels:
        target = level * total
        bin_ = np.clip((below < target).sum(-1, keepdims=True) - 1, 0, n_bins - 1)
        start = np.take_along_axis(below, bin_, -1)
        inside = np.take_along_axis(counts, bin_, -1)
        with np.errstate(divide="ignore", invalid="ignore"):
            position = (bin_ + (target - start) / inside) / n_bins
        found.append(position)
    share = np.where(total > 0, np.concatenate(found, -1), np.nan)
    return lo[..., None] + share * (hi - lo)[..., None]


def flat_units(activation: str, activated: Array) -> tuple[Array, Array]:
    """Return which part of a layer hardly passes a gradient.

    Parameters
    ----------
    activation : str
    activated : array, shape (L, N, C)
        Output of the activation.

    Returns
    -------
    saturated, dead : arrays, shape (L,)
        Share of the values where the slope is nearly 0 (for ReLU: is 0), and share of the units
        where that is so for every example.

    Examples
    --------
    >>> saturated, dead = flat_units("relu", np.array([[[0.0, 1.0], [0.0, 0.0]]]))
    >>> saturated, dead
    (array([0.75]), array([0.5]))
    """
    if activation == "relu":
        flat = activated <= 0
    elif activation == "tanh":
        flat = np.abs(activated) > np.sqrt(1 - FLAT)
    else:
        flat = np.abs(activated - 0.5) > 0.5 * np.sqrt(1 - FLAT)
    saturated = [np.count_nonzero(layer) / layer.size for layer in flat]
    dead = np.logical_and.reduce(flat, 1).mean(1)
    return np.array(saturated), dead


class StepRecord(NamedTuple):
    """One look at a training step.

    Attributes
    ----------
    step : int
        Steps done when it was taken.
    summary : Summary with arrays of shape (sites, L) and (sites, L, B)
        Sites: before batch normalization, after it (absent without it), after the activation.
    saturated, dead : arrays, shape (L,)
    gradient_norm : array, shape (L + 1,)
        Euclidean norm of the gradient of each weight matrix; the last is that of the logits.
    update_ratio : array, shape (L + 1,)
        Norm of the update over norm of the weights it moved.
    batch_stats, running_stats : arrays, shape (2, L, C)
    """

    step: int
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    update_ratio: Array
    batch_stats: Array
    running_stats: Array


class Probe:
    """Look at a trainer every few steps.

    Parameters
    ----------
    trainer : Trainer
    n_rows : int
        Examples of the batch that the summary counts; everything else uses the whole batch.

    Examples
    --------
    >>> from bnviz.core.init import mlp_weights
    >>> from bnviz.core.network import Spec
    >>> from bnviz.core.trainer import batch_order
    >>> spec = Spec(n_inputs=2, width=8, depth=2, n_classes=2)
    >>> x, labels = np.random.default_rng(0).normal(size=(64, 2)), np.arange(64) % 2
    >>> weights = mlp_weights(spec.sizes, "relu", 1.0, seed=0)
    >>> probe = Probe(Trainer(spec, weights, x, labels, batch_order(64, 16, 20, seed=0)))
    >>> [record.step for record in probe.advance(20, every=10)]
    [10, 20]
    """

    def __init__(self, trainer: Trainer, n_rows: int = 8) -> None:
        self.trainer = trainer
        self._weights = [w.ravel() for w in trainer.parameters.weights]
        self._gradients = [w.ravel() for w in trainer.gradient.weights]
        self._update = Parameters(trainer.spec, trainer.dtype)
        self._updates = [w.ravel() for w in self._update.weights]
        # A copy, since the next step writes over the activations; small, so that it stays cheap.
        self._sites = trainer.sites[:, :, :n_rows]
        self._rows = np.zeros(self._sites.shape, trainer.dtype)

    def advance(self, n_steps: int, *, every: int) -> list[StepRecord]:
        """Train on, and look at the last of every ``every`` steps; stop where the loss diverges."""
        trainer, records = self.trainer, []
        for _ in range(n_steps // every):
            trainer.advance(every - 1)
            before = trainer.parameters.flat.copy()
            trainer.advance(1)
            if trainer.diverged_at is not None:
                break
            np.subtract(trainer.parameters.flat, before, self._update.flat)
            records.append(self.look())
        return records

    def look(self) -> StepRecord:
        """Look at the step that was done last."""
        trainer = self.trainer
        np.copyto(self._rows, self._sites)
        lead = self._rows.shape[:2]  # sites and layers
        with np.errstate(all="ignore"):
            summary = describe(self._rows.reshape(math.prod(lead), -1))
            gradient_norm = _norms(self._gradients) / trainer.gradient_scale
            update_ratio = _norms(self._updates) / _norms(self._weights)
        return StepRecord(
            trainer.n_done,
            summary.each(lambda part: part.reshape(*lead, *part.shape[1:])),
            *flat_units(trainer.spec.activation, trainer.activated),
            gradient_norm,
            update_ratio,
            trainer.batch_stats.copy(),
            trainer.running_stats.copy(),
        )


def _norms(vectors: list[Array]) -> Array:
    return np.sqrt([vector.dot(vector) for vector in vectors])
