"""Every number that the playground shows.

Shape legend: T snapshots, M modes (training, evaluation), L hidden layers, U units, B bins.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.summary import Summary
from bnviz.core.train.evaluation import Statistics

WITH, WITHOUT = "bn", "none"
TRAINING, EVALUATION = 0, -1
"""Places on the axis M; without batch normalization they are the same place."""


@dataclass(frozen=True, eq=False)
class NetworkTrace:
    """All that is known of one network. After a divergence all numbers are NaN.

    Attributes
    ----------
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
    statistics : Statistics with arrays of shape (T, 2, L, C), or None
        Of the next training batch; None without batch normalization.
    """

    diverged_at: int | None
    loss: Array
    accuracy: Array
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    update_ratio: Array
    statistics: Statistics | None


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that a page shows of a run, or of its first part.

    Attributes
    ----------
    steps : array of int, shape (T,)
        Steps done at each snapshot; the first is 0.
    networks : dict of str to NetworkTrace
        ``"bn"`` and ``"none"``.
    start_hash : str
        Of the initial weights, which both networks share.
    n_steps : int
        Steps that the whole run will have.
    placement, dataset : str
        As in the settings.
    n_classes : int
    """

    steps: Array
    networks: dict[str, NetworkTrace]
    start_hash: str
    n_steps: int
    placement: str
    dataset: str
    n_classes: int

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

    def window(self, site: str) -> tuple[float, float]:
        """Return the values between which the distributions of a site are drawn.

        Wide enough for both networks nearly always, but never more than four times what the
        network with batch normalization needs: one that explodes would flatten the other.
        """
        needs, ends = {WITH: 0.0, WITHOUT: 0.0}, []
        for norm in needs:
            summary = self.summary(norm, site)
            reach = np.abs(summary.mean) + 3.5 * summary.std
            finite = np.isfinite(reach)
            if finite.any():
                needs[norm] = float(np.quantile(reach[finite], 0.95))
                ends.append((float(summary.lo[finite].min()), float(summary.hi[finite].max())))
        start = self.summary(WITH, site)
        first = float(np.max(np.abs(start.mean[0]) + 3.5 * start.std[0]))
        with_bn = min(needs[WITH], 10 * first)
        half = max(with_bn, min(needs[WITHOUT], 4 * with_bn)) or 1.0
        lo, hi = min(lo for lo, _ in ends), max(hi for _, hi in ends)
        return max(-half, lo), min(half, hi)
