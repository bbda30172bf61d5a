"""Faults of the running statistics: never kept, kept too slowly or too fast, or of other weights.

Shape legend: D pixels, M images, L hidden layers, C units.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from bnviz.core.array import Array
from bnviz.core.nn import BatchNorm1d
from bnviz.core.stats.recalibration import precise_batch_norm
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.doctor.case import BEFORE, BROKEN, NO_REPAIR, REPAIRED, Case, Cases, demonstration
from bnviz.labs.doctor.network import (
    MOMENTUM,
    batch_statistics,
    recorded,
    scored,
    training_images,
)
from bnviz.labs.doctor.settings import Settings
from bnviz.labs.train_eval.convention import PYTORCH, Convention
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.training import N_STEPS, Network, Training, kept, train

STALE = 0.001
SWAPPED = 0.9
"""Keras's way to write 0.1, taken for the weight of the new batch."""
N_GOOD = 50
"""Good batches after the one with an infinite value."""
AVERAGE_FROM = 200
"""The step from which the weights are averaged."""
UNEVEN = ((0.0, 4), (0.0, 4), (18.0, 2))
"""Mean and size of the batches behind statistics that are measured anew."""
HALF_MOMENTUM = 1 - (1 - MOMENTUM) ** 0.5
"""The momentum of which two updates are one of 0.1."""

MOMENTA: Mapping[str, Sequence[tuple[str, str, float | None]]] = {
    "stale": (
        (f"momentum {STALE}", BROKEN, STALE),
        ("momentum 0.1", REPAIRED, 0.1),
        ("cumulative average", REPAIRED, None),
    ),
    "swapped": (
        (f"momentum {SWAPPED}, as in Keras", BROKEN, SWAPPED),
        (f"1 − {SWAPPED} = 0.1", REPAIRED, 0.1),
    ),
}
"""What is tried of the momentum, and what it stands for."""


def _momenta(which: str, settings: Settings) -> Cases:
    network = yield from ask(train, settings.batch_size, settings.seed)
    for name, kind, momentum in MOMENTA[which]:
        yield scored(name, kind, network, kept(network, Convention(momentum=momentum)))
    yield scored("measured anew (precise)", REPAIRED, network, precise(network).total)


@demonstration
def stale(settings: Settings) -> Cases:
    """Keep the running statistics with a momentum that is too small for the run."""
    yield from _momenta("stale", settings)


@demonstration
def swapped(settings: Settings) -> Cases:
    """Keep the running statistics with a momentum that weighs the old value elsewhere."""
    yield from _momenta("swapped", settings)


def untouched(network: Network) -> Array:
    """Return the running statistics as a layer begins: mean 0 and variance 1."""
    shape = network.batch_stats.shape[2:]
    return np.array([np.zeros(shape), np.ones(shape)])


@demonstration
def never_updated(settings: Settings) -> Cases:
    """Load the weights of a trained network, and not its buffers."""
    network = yield from ask(train, settings.batch_size, settings.seed)
    yield scored("as it was saved", BEFORE, network, kept(network, PYTORCH))
    yield scored("weights loaded, buffers 0 and 1", BROKEN, network, untouched(network))
    yield scored("buffers loaded too", REPAIRED, network, kept(network, PYTORCH))
    yield scored("or measured anew", REPAIRED, network, precise(network).total)


@demonstration
def non_finite(settings: Settings) -> Cases:
    """Let one batch with an infinite pixel pass, then good ones; then measure anew."""
    n = settings.batch_size
    network = yield from ask(train, n, settings.seed)
    running = kept(network, PYTORCH)
    yield _counted("before", BEFORE, network, running)
    x_ND = training_images(1, n)
    x_ND[0, 20] = np.inf
    good = batch_statistics(network, training_images(N_GOOD, n), n)
    with np.errstate(invalid="ignore"):
        bad = recorded(running, batch_statistics(network, x_ND, n), n)
        yield _counted("one batch with inf", BROKEN, network, bad)
        yield _counted(f"{N_GOOD} good batches later", NO_REPAIR, network, recorded(bad, good, n))
    mended = recorded(untouched(network), good, n)
    yield _counted(f"reset, then {N_GOOD} good batches", REPAIRED, network, mended)


def _counted(name: str, kind: str, network: Network, stats_2LC: Array) -> Case:
    """Return accuracy, and how many channels have a statistic that is no finite number."""
    n_bad = int((~np.isfinite(stats_2LC).all(0)).sum())
    _, accuracy = scored(name, kind, network, stats_2LC).values
    return Case(name, kind, (accuracy, n_bad))


@demonstration
def double_update(settings: Settings) -> Cases:
    """Record every batch twice, as a step with checkpointing does."""
    n = settings.batch_size
    network = yield from ask(train, n, settings.seed)
    start, once = untouched(network), network.batch_stats
    twice = np.repeat(once, 2, 0)
    for name, kind, batches, momentum in (
        ("one update a step", BEFORE, once, MOMENTUM),
        ("two updates a step", BROKEN, twice, MOMENTUM),
        (f"two, momentum {HALF_MOMENTUM:.4f}", REPAIRED, twice, HALF_MOMENTUM),
    ):
        case = scored(name, kind, network, recorded(start, batches, n, momentum))
        n_updates = len(batches) // len(once)
        newest = recorded(np.zeros((2, 1, 1)), np.ones((n_updates, 2, 1, 1)), n, momentum)
        yield Case(name, kind, (float(newest[0, 0, 0]), *case.values))


def averaged(batch_size: int, seed: int) -> Pieces:
    """Train, and average the weights over the last steps: both networks, the average last."""
    training = Training(batch_size, seed)
    total, n_averaged = np.zeros_like(training.trainer.parameters.flat), 0
    while training.n_done < N_STEPS and training.trainer.diverged_at is None:
        training.step()
        if training.n_done > AVERAGE_FROM:
            total, n_averaged = total + training.trainer.parameters.flat, n_averaged + 1
        if training.n_done % 30 == 0:
            yield None
    last = training.network
    mean = total / max(n_averaged, 1)
    return last, Network(last.spec, mean, last.running_stats, batch_size, seed, last.batch_stats)


@demonstration
def averaged_weights(settings: Settings) -> Cases:
    """Test averaged weights with buffers that are not theirs, and with their own."""
    last, mean = yield from ask(averaged, settings.batch_size, settings.seed)
    running = kept(last, PYTORCH)
    yield scored("last weights, their buffers", BEFORE, last, running)
    yield scored("averaged weights, buffers 0 and 1", BROKEN, mean, untouched(mean))
    yield scored("averaged weights, buffers of the last", BROKEN, mean, running)
    yield scored("measured anew (update_bn)", REPAIRED, mean, precise(mean).total)


@demonstration
def uneven_batches(settings: Settings) -> Cases:
    """Measure anew on batches of 4, 4 and 2: as a mean over batches, and over all values."""
    rng = np.random.default_rng(settings.seed)
    batches = [rng.normal(mean, 1.0, (n, 1)) for mean, n in UNEVEN]
    norm = BatchNorm1d(1, momentum=None, dtype=np.float64)
    for how, name, kind in (
        ("mean of batches", "mean over the batches", BROKEN),
        ("total", "over all values", REPAIRED),
    ):
        precise_batch_norm(norm, batches, variance=how)
        kept_now = np.array([norm.running_mean, norm.running_var], float)
        yield Case(name, kind, (float(kept_now[0, 0]), float(kept_now[1, 0])))
