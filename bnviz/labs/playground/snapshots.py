"""The looks at one network, put together as arrays over the snapshots and the modes."""

from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.train.evaluation import BatchStatistics, Look
from bnviz.labs.playground.networks import snapshot_steps
from bnviz.labs.playground.running import Running
from bnviz.labs.playground.trace import NetworkTrace, Statistics
from bnviz.labs.playground.training import Trained


class Snapshot(NamedTuple):
    """One network at one step; ``modes`` has looks in training mode and, if it differs, evaluation.

    The other parts are as in ``Trained``, ``TrainingLook`` and ``Running``.
    """

    modes: Look
    saturated: Array
    dead: Array
    update_ratio: Array
    statistics: BatchStatistics | None
    running: Array | None


def traced(trained: Trained, n_steps: int, running: Running | None = None) -> NetworkTrace:
    """Return what has been seen of a network: with ``running``, as far as that has read."""
    snapshots = [_snapshot(trained, running, t) for t in range(_n_seen(trained, running))]
    n_taken, diverged_at = len(snapshots), trained.diverged_at
    if n_taken == len(trained.looks):  # all before a divergence
        snapshots += [_lost(snapshots[0])] * (trained.n_taken - n_taken)
    if diverged_at is not None and diverged_at > snapshot_steps(n_steps)[len(snapshots) - 1]:
        diverged_at = None  # that is not yet seen
    whole: Snapshot = _each(lambda *arrays: np.stack(arrays), *snapshots)
    # A layer counts at most 2048 values: 16 bits, as a trace travels from process to process.
    look = whole.modes
    small = look.summary._replace(counts=look.summary.counts.astype(np.uint16))
    statistics = None
    if whole.statistics is not None and whole.running is not None:
        statistics = Statistics(running=whole.running, **whole.statistics._asdict())
    return NetworkTrace(
        start_hash=trained.start_hash,
        diverged_at=diverged_at,
        loss=np.asarray(look.loss),
        accuracy=np.asarray(look.accuracy),
        summary=small,
        saturated=whole.saturated,
        dead=whole.dead,
        gradient_norm=look.gradient_norm,
        update_ratio=whole.update_ratio,
        statistics=statistics,
    )


def _n_seen(trained: Trained, running: Running | None) -> int:
    return len(trained.looks if running is None else running.looks)


def _snapshot(trained: Trained, running: Running | None, t: int) -> Snapshot:
    seen = trained.looks[t]
    looks = [seen.look, *([] if running is None else [running.looks[t]])]
    modes: Look = _each(lambda *arrays: np.stack(arrays), *looks)
    kept = None if running is None else running.running_stats[t]
    ratio = trained.update_ratios[t]
    return Snapshot(modes, seen.saturated, seen.dead, ratio, seen.statistics, kept)


def _each(function: Any, *parts: Any) -> Any:
    """Apply a function to numbers or arrays that lie at the same place in nested tuples."""
    first = parts[0]
    if not isinstance(first, tuple):
        return None if first is None else function(*parts)
    return type(first)(*(_each(function, *inner) for inner in zip(*parts, strict=True)))


def _lost(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same shape that says nothing."""
    lost: Snapshot = _each(
        lambda a: np.full_like(a, 0 if a.dtype.kind in "iu" else np.nan), snapshot
    )
    return lost
