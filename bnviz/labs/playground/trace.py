"""Every number that the playground shows.

Shape legend: T snapshots, M modes (training, evaluation), L hidden layers, U units, B bins.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.stats.summary import Summary

WITH, WITHOUT = "bn", "none"
TRAINING, EVALUATION = 0, -1
"""Places on the axis M; without batch normalization they are the same place."""


class Statistics(NamedTuple):
    """Mean and variance of the first units, four times, each of shape (T, 2, L, U).

    Attributes
    ----------
    batch, true, scatter : arrays
        See ``BatchStatistics``.
    running : array
        What evaluation mode uses.
    """

    batch: Array
    running: Array
    true: Array
    scatter: Array


@dataclass(frozen=True, eq=False)
class NetworkTrace:
    """All that is known of one network. After a divergence all numbers are NaN.

    Attributes
    ----------
    start_hash : str
        Of the initial weights.
    diverged_at : int or None
        The first step whose gradient was not a number.
    loss, accuracy : arrays, shape (T, M)
        On the held-out examples; M = 1 without batch normalization, where both modes are one.
    summary : Summary with arrays of shape (T, M, sites, L) and (T, M, sites, L, B)
        Of the activations on held-out examples.
    saturated, dead : arrays, shape (T, L)
    gradient_norm : array, shape (T, M, L + 1)
        On the next training batch.
    update_ratio : array, shape (T, L + 1)
        Norm of the last update over norm of the weights; NaN before the first step.
    statistics : Statistics or None
        Of the next training batch; None without batch normalization.
    """

    start_hash: str
    diverged_at: int | None
    loss: Array
    accuracy: Array
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    update_ratio: Array
    statistics: Statistics | None

    def first(self, steps: NDArray[np.int_]) -> "NetworkTrace":
        """Return the part of the first snapshots, which were taken at these steps."""
        if len(steps) == len(self.loss):
            return self

        def cut(part: Any) -> Any:
            if isinstance(part, tuple):
                return type(part)(*map(cut, part))
            return part[: len(steps)] if isinstance(part, np.ndarray) else part

        cuts = {one.name: cut(getattr(self, one.name)) for one in fields(self)}
        if self.diverged_at is not None and self.diverged_at > steps[-1]:
            cuts["diverged_at"] = None
        return replace(self, **cuts)


class Drawn(NamedTuple):
    """One network as it is drawn, at each snapshot before a divergence; evaluation mode.

    Attributes
    ----------
    kept : bool
        Whether the weights at the snapshots are kept; if not, the arrays are empty.
    units : array of uint8, shape (T, L, U)
        What the activation gives for the example: 128 is its middle, 0 and 255 are its ends. U
        is at most ``drawing.MOST_UNITS``. Empty for points in the plane.
    outputs : array of uint8, shape (T, K)
        The probability of each class, 255 for 1. Empty for points in the plane.
    maps : dict of mode to array of uint8, shape (T, H, H)
        For points in the plane: class and confidence at each place, see ``drawing.map_code``.
    """

    kept: bool
    units: NDArray[np.uint8]
    outputs: NDArray[np.uint8]
    maps: dict[str, NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that a page shows of a run, or of its first part.

    Attributes
    ----------
    steps : array of int, shape (T,)
        Steps done at each snapshot; the first is 0.
    networks : dict of str to NetworkTrace
        ``"bn"`` and ``"none"``.
    n_steps : int
        Steps that the whole run will have.
    placement, dataset : str
        As in the settings.
    n_classes : int
    drawn : dict of str to Drawn
        Both networks, if an example was asked for; else empty.
    """

    steps: NDArray[np.int_]
    networks: dict[str, NetworkTrace]
    n_steps: int
    placement: str
    dataset: str
    n_classes: int
    drawn: dict[str, Drawn] = field(default_factory=dict)

    @property
    def start_hash(self) -> str:
        """Of the initial weights, which both networks share: the first 12 digits of the SHA-256."""
        return self.networks[WITH].start_hash

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end."""
        return bool(self.steps[-1] == self.n_steps)

    def summary(self, norm: str, site: str, mode: int = TRAINING) -> Summary:
        """Return the summary of one network at one site, arrays of shape (T, L) and (T, L, B).

        Without batch normalization, "after BN" is what stands in its place: what the activation
        reads, or, with the placement after it, what the activation gives.
        """
        network = self.networks[norm]
        n_sites = network.summary.mean.shape[2]
        index = {"linear": 0, "activated": n_sites - 1}.get(site, 1 if n_sites == 3 else 0)
        if site == "normalized" and n_sites == 2 and self.placement == "after":
            index = 1
        return network.summary.each(lambda part: part[:, mode, index])

    def window(self, site: str, t: int | None = None) -> tuple[float, float]:
        """Return the values between which the distributions of a site are drawn.

        Those of one snapshot, or of all where ``t`` is None.

        Wide enough for both networks nearly always, but never more than four times what the
        network with batch normalization needs: one that explodes would flatten the other.
        """
        needs, ends = {WITH: 0.0, WITHOUT: 0.0}, []
        for norm in needs:
            summary = self._at(t, norm, site)
            reach = np.abs(summary.mean) + 3.5 * summary.std
            finite = np.isfinite(reach)
            if finite.any():
                needs[norm] = float(np.quantile(reach[finite], 0.95))
                ends.append((float(summary.lo[finite].min()), float(summary.hi[finite].max())))
        if not ends:  # at this snapshot no number is left
            return self.window(site)
        start = self._at(t, WITH, site)
        first = float(np.max(np.abs(start.mean[0]) + 3.5 * start.std[0]))
        with_bn = min(needs[WITH], 10 * first)
        half = max(with_bn, min(needs[WITHOUT], 4 * with_bn)) or 1.0
        lo, hi = min(lo for lo, _ in ends), max(hi for _, hi in ends)
        return max(-half, lo), min(half, hi)

    def _at(self, t: int | None, norm: str, site: str) -> Summary:
        """Return the summary of one snapshot, or of all, with the axis T."""
        at = slice(None) if t is None else slice(t, t + 1)
        return self.summary(norm, site).each(lambda part: part[at])
