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

from bnviz.core.engine import plain_sgd
from bnviz.core.network import Array, Parameters
from bnviz.core.trainer import Trainer

N_BINS = 40
FLAT = 0.0591
"""A saturated unit: its slope is below this share of the largest, as where abs(tanh) > 0.97."""
N_TOGETHER = 20
"""Looks that are described in one go."""


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
    The values are first laid on the scale of the histogram, where the smallest is 0. A layer that
    has collapsed to one value then keeps its standard deviation, far below its mean: the mean lies
    at most ``sqrt(V - 1)`` standard deviations above the smallest value (Samuelson 1968), so that
    ``mean(u^2) - mean(u)^2`` loses little. Nothing overflows on the way either.

    All histograms are one ``bincount``, each row with bins of its own, 12 times quicker than
    ``np.histogram`` row by row. The largest value belongs to the last bin; a value on the edge of
    two bins may count in either. A row without a finite range has an empty histogram.

    Examples
    --------
    >>> summary = describe(np.array([[0.0, 1.0, 2.0, 3.0]]), n_bins=2)
    >>> summary.mean, summary.counts
    (array([1.5]), array([[2, 2]]))
    """
    (n_rows, n_values), dtype = values_SV.shape, values_SV.dtype
    first_bin_S = np.arange(0, n_rows * n_bins, n_bins)
    # So much less than n_bins that rounding cannot push a value into the bins of the next row.
    most = n_bins - 2 * n_rows * n_bins * np.finfo(dtype).eps
    lo_S, hi_S = values_SV.min(1), values_SV.max(1)
    with np.errstate(all="ignore"):
        width_S = hi_S - lo_S
        lost_S = ~(width_S < np.inf)
        is_wide_S = width_S > n_bins * np.finfo(dtype).tiny
        unit_S = np.where(is_wide_S, width_S, 1) / dtype.type(most)
        u_SV = values_SV - lo_S[:, None]
        u_SV *= (1 / unit_S)[:, None]
        mean_S = u_SV.dot(np.full(n_values, 1 / n_values, dtype))
        var_S = np.einsum("sv,sv->s", u_SV, u_SV) / n_values - mean_S * mean_S
        u_SV += first_bin_S.astype(dtype)[:, None]
        u_SV[lost_S] = first_bin_S[lost_S, None]
        counts_SB = np.bincount(u_SV.astype(np.intp).ravel(), minlength=n_rows * n_bins)
        counts_SB = counts_SB.reshape(n_rows, n_bins)
        counts_SB[lost_S] = 0
        std_S = np.sqrt(np.maximum(var_S, 0)) * unit_S
        return Summary(lo_S + mean_S * unit_S, std_S, lo_S, hi_S, counts_SB)


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
    return _shares(_count_flat(activation, activated), activated.shape[1])


def _count_flat(activation: str, activated: Array) -> Array:
    """Return for how many examples each unit hardly passes a gradient, shape (L, C)."""
    if activation == "relu":
        is_flat = activated <= 0
    elif activation == "tanh":
        is_flat = np.abs(activated) > np.sqrt(1 - FLAT)
    else:
        is_flat = np.abs(activated - 0.5) > 0.5 * np.sqrt(1 - FLAT)
    return np.ones(activated.shape[1], np.float32) @ is_flat.astype(np.float32)


def _shares(n_flat_LC: Array, n: int) -> tuple[Array, Array]:
    return n_flat_LC.mean(-1, float) / n, (n_flat_LC == n).mean(-1)


class Looks(NamedTuple):
    """What a probe saw, an entry for each look.

    Attributes
    ----------
    steps : array of int, shape (T,)
        Steps done when it looked.
    summary : Summary with arrays of shape (T, sites, L) and (T, sites, L, B)
        Sites: before batch normalization, after it (absent without it), after the activation.
    saturated, dead : arrays, shape (T, L)
    gradient_norm : array, shape (T, L + 1)
        Euclidean norm of the gradient of each weight matrix; the last is that of the logits.
    update_ratio : array, shape (T, L + 1)
        Norm of the update over norm of the weights it moved.
    batch_stats, running_stats : arrays, shape (T, 2, L, C)
    """

    steps: NDArray[np.intp]
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    update_ratio: Array
    batch_stats: Array
    running_stats: Array


class Probe:
    """Look at a trainer every few steps.

    A look only copies what the next step would write over. The copies are described many at a
    time, which takes half as long as one by one.

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
    >>> looks = probe.advance(20, every=10)
    >>> looks.steps, looks.summary.mean.shape
    (array([10, 20]), (2, 3, 2))
    """

    def __init__(self, trainer: Trainer, n_rows: int = 8) -> None:
        self.trainer = trainer
        sites, activated = trainer.sites[:, :, :n_rows], trainer.activated
        n_slots = max(1, CACHE_BYTES // (4 * (sites.size + activated.size)))
        self._sources = (sites, activated, trainer.batch_stats, trainer.running_stats)
        self._slots = [np.zeros((n_slots, *a.shape), a.dtype) for a in self._sources]
        self._steps: list[int] = []
        self._norms: list[list[list[float]]] = []
        self._update = Parameters(trainer.spec, trainer.dtype)
        self._weights, self._gradients, self._updates = (
            [w.ravel() for w in p.weights]
            for p in (trainer.parameters, trainer.gradient, self._update)
        )

    def advance(self, n_steps: int, *, every: int) -> Looks:
        """Train on, and look after every step whose number ``every`` divides.

        Parameters
        ----------
        n_steps : int
            Steps to do; fewer where the batch order ends or the network diverges.
        every : int

        Returns
        -------
        Looks

        Raises
        ------
        ValueError
            If ``every`` is below 1.
        """
        if every < 1:
            raise ValueError(f"every must be at least 1, got {every}")
        trainer, blocks = self.trainer, []
        end = min(trainer.n_done + n_steps, trainer.n_steps)
        while trainer.n_done < end and trainer.diverged_at is None:
            due = (trainer.n_done // every + 1) * every
            trainer.advance(min(due - 1, end) - trainer.n_done)
            if due <= end:
                self._step()
            if len(self._steps) == len(self._slots[0]):
                blocks.append(self._describe())
        blocks.append(self._describe())
        return _join(blocks)

    def _step(self) -> None:
        """Do one step, and copy what the next one would write over."""
        trainer, folded = self.trainer, plain_sgd(self.trainer.spec)
        before = [_norm(w) for w in self._weights]
        if not folded:
            np.copyto(self._update.flat, trainer.parameters.flat)
        trainer.advance(1)
        if trainer.diverged_at is not None:
            return
        for slot, source in zip(self._slots, self._sources, strict=True):
            slot[len(self._steps)] = source
        gradient = update = [_norm(g) for g in self._gradients]
        if not folded:  # plain SGD subtracts the gradient itself: its scale is the learning rate
            np.subtract(trainer.parameters.flat, self._update.flat, self._update.flat)
            update = [_norm(u) for u in self._updates]
        self._norms.append([before, gradient, update])
        self._steps.append(trainer.n_done)

    def _describe(self) -> Looks:
        """Return the looks that were copied, and forget them."""
        t, trainer = len(self._steps), self.trainer
        rows, activated, batch_stats, running_stats = (slot[:t] for slot in self._slots)
        lead = rows.shape[:3]  # looks, sites and layers
        summary = describe(rows.reshape(math.prod(lead), math.prod(rows.shape[3:])))
        layers = activated.reshape(-1, *activated.shape[2:])
        saturated, dead = flat_units(trainer.spec.activation, layers)
        norms = np.array(self._norms, trainer.dtype).reshape(t, 3, len(self._weights))
        before, gradient, update = norms.swapaxes(0, 1)
        with np.errstate(all="ignore"):
            looks = Looks(
                np.array(self._steps, np.intp),
                summary.each(lambda part: part.reshape(*lead, *part.shape[1:])),
                saturated.reshape(lead[::2]),
                dead.reshape(lead[::2]),
                gradient / trainer.gradient_scale,
                update / before,
                batch_stats.copy(),
                running_stats.copy(),
            )
        self._steps, self._norms = [], []
        return looks


def _norm(vector: Array) -> float:
    """Return the Euclidean norm; in float64 where a float32 could not hold its square."""
    square = float(vector.dot(vector))
    if 1e-30 < square < 1e30:
        return math.sqrt(square)
    return float(np.linalg.norm(vector.astype(np.float64)))


def _join(blocks: list[Looks]) -> Looks:
    """Put looks one after the other along T."""
    summaries = zip(*(looks.summary for looks in blocks), strict=True)
    summary = Summary(*(np.concatenate(parts) for parts in summaries))
    steps, _, *others = zip(*blocks, strict=True)
    return Looks(np.concatenate(steps), summary, *(np.concatenate(parts) for parts in others))
