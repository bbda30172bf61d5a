"""Faults of the batches: no random samples, of other data than the statistics, or too small.

Shape legend: D pixels, M images, S steps, N samples, C channels, L hidden layers.
"""

from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.functional import (
    batch_norm,
    batch_norm_backward,
    ghost_batch_norm,
    ghost_batch_norm_backward,
    layer_norm,
    layer_norm_backward,
    sync_batch_norm,
    sync_batch_norm_backward,
)
from bnviz.core.losses import cross_entropy
from bnviz.core.network.passes import backward, forward
from bnviz.core.nn import BatchNorm1d
from bnviz.core.train.batches import batch_order
from bnviz.labs.arm import ask
from bnviz.labs.doctor.case import (
    BEFORE,
    BROKEN,
    CONTROL,
    NO_REPAIR,
    REPAIRED,
    Case,
    Cases,
    demonstration,
)
from bnviz.labs.doctor.network import scored
from bnviz.labs.doctor.settings import Settings
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.precise import adapted
from bnviz.labs.train_eval.training import LR, N_TEST, Network, held_out, kept, train

CONTRAST = 0.3
"""Every image of the other data keeps this share of its distance from the mean training image."""
N_TUNING = 60
"""Steps of fine-tuning."""
FAR, N_DOMAIN, N_PAIRS = 10.0, 32, 100
"""Mean of the second domain; samples of a batch; batches of each domain."""
APART, N_KIND = 2.0, 256
"""How far generated samples lie from real ones, in their deviations; samples of each kind."""
N_WHOLE, N_PART, N_CHANNELS = 8, 4, 64
"""Samples of a batch, and of each of its parts; channels."""


def digits() -> Array:
    """Return the training images as float64, shape (M, D)."""
    return data.load("digits").x_train.astype(np.float64)


@demonstration
def one_class_per_batch(settings: Settings) -> Cases:
    """Train on batches of one class each; then measure anew, shuffle, or leave BN out."""
    n, seed = settings.batch_size, settings.seed
    alike = yield from ask(train, n, seed, "bn", "sorted")
    yield scored("one class per batch", BROKEN, alike, kept(alike, PYTORCH))
    anew = adapted(alike, digits()[:N_TEST])
    yield scored("then measured anew, mixed", NO_REPAIR, alike, anew)
    shuffled = yield from ask(train, n, seed)
    yield scored("batches shuffled", REPAIRED, shuffled, kept(shuffled, PYTORCH))
    without = yield from ask(train, n, seed, "none", "sorted")
    yield scored("same batches without BN", CONTROL, without, None)


@demonstration
def shifted_data(settings: Settings) -> Cases:
    """Test pale images with the statistics of training, and with those of other pale images."""
    network = yield from ask(train, settings.batch_size, settings.seed)
    running = kept(network, PYTORCH)
    yield scored("images as in training", BEFORE, network, running)
    pale = CONTRAST * held_out()[0]
    others = CONTRAST * data.load("digits").x_test[N_TEST:].astype(np.float64)
    yield scored("pale images", BROKEN, network, running, x_MD=pale)
    name = f"measured on {len(others)} other pale images"
    yield scored(name, REPAIRED, network, adapted(network, others), x_MD=pale)


def tuned(network: Network, stats_2LC: Array, x_MD: Array) -> Network:
    """Return the network after fine-tuning on these training images with frozen statistics."""
    spec, parameters = network.spec, network.parameters
    labels = data.load("digits").y_train
    order_SN = batch_order(len(x_MD), network.batch_size, N_TUNING, network.seed)
    for places in order_SN:
        done = forward(spec, parameters, x_MD[places], running_stats=stats_2LC)
        _, dlogits = cross_entropy(done.logits, labels[places])
        parameters.flat[...] -= LR * backward(spec, parameters, done, dlogits).flat
    flat = parameters.flat.copy()
    return Network(spec, flat, stats_2LC, network.batch_size, network.seed, network.batch_stats)


@demonstration
def frozen_mismatch(settings: Settings) -> Cases:
    """Fine-tune on pale images with statistics that are frozen as loaded, or measured first."""
    network = yield from ask(train, settings.batch_size, settings.seed)
    loaded, pale, test = kept(network, PYTORCH), CONTRAST * digits(), CONTRAST * held_out()[0]
    yield scored("as loaded", BEFORE, network, loaded, x_MD=test)
    stiff = tuned(network, loaded, pale)
    yield scored(f"{N_TUNING} steps, frozen as loaded", BROKEN, stiff, loaded, x_MD=test)
    own = adapted(network, pale[:N_TEST])
    fitted = tuned(network, own, pale)
    yield scored(f"measured first, {N_TUNING} steps", REPAIRED, fitted, own, x_MD=test)


@demonstration
def shared_layer(settings: Settings) -> Cases:
    """Let two domains alternate in one layer, or give each its own."""
    for kind, name in ((BROKEN, "one layer for both"), (REPAIRED, "a layer for each")):
        rng = np.random.default_rng(settings.seed)
        first = BatchNorm1d(1, dtype=np.float64)
        second = first if kind == BROKEN else BatchNorm1d(1, dtype=np.float64)
        in_training = 0.0
        for _ in range(N_PAIRS):
            in_training = float(first(rng.normal(0.0, 1.0, (N_DOMAIN, 1))).mean())
            second(rng.normal(FAR, 1.0, (N_DOMAIN, 1)))
        found = first.eval()(rng.normal(0.0, 1.0, (N_KIND, 1)))
        mean = float(np.asarray(first.running_mean)[0])
        yield Case(name, kind, (mean, in_training, float(found.mean())))


@demonstration
def real_and_generated(settings: Settings) -> Cases:
    """Normalize real and generated samples in batches of their own, and in common ones."""
    for kind, name in ((BROKEN, "a batch of each kind"), (REPAIRED, "both in one batch")):
        rng = np.random.default_rng(settings.seed)
        layer = BatchNorm1d(1, momentum=None, dtype=np.float64)
        real = rng.normal(0.0, 1.0, (N_KIND, 1))
        made = rng.normal(APART, 1.0, (N_KIND, 1))
        if kind == BROKEN:
            seen = layer(real), layer(made)
        else:
            both = layer(np.concatenate([real, made]))
            seen = both[:N_KIND], both[N_KIND:]
        layer.eval()
        tested = layer(real), layer(made)
        yield Case(name, kind, (_apart(*seen), _apart(*tested)))


def _apart(real: Array, made: Array) -> float:
    return float(made.mean() - real.mean())


def _samples(seed: int) -> tuple[Array, Array]:
    """Return a batch and a random gradient at the output, both (N, C)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N_WHOLE, N_CHANNELS)), rng.normal(size=(N_WHOLE, N_CHANNELS))


def off(found: Array, wanted: Array) -> float:
    """Return how far one array is from another, as a share of its length."""
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


@demonstration
def accumulation(settings: Settings) -> Cases:
    """Cut a batch into parts whose gradients add up, under BN and under a norm of each sample."""
    x, dy = _samples(settings.seed)
    _, cache = batch_norm(x)
    wanted = batch_norm_backward(dy, cache)[0]
    yield Case(f"one batch of {N_WHOLE}", BEFORE, (0.0,))
    parts = []
    for first in range(0, N_WHOLE, N_PART):
        _, cache = batch_norm(x[first : first + N_PART])
        parts.append(batch_norm_backward(dy[first : first + N_PART], cache)[0])
    name = f"{N_WHOLE // N_PART} × {N_PART}, accumulated"
    yield Case(name, BROKEN, (off(np.concatenate(parts), wanted),))
    _, ghost = ghost_batch_norm(x, N_PART)
    by_ghost = ghost_batch_norm_backward(dy, ghost)[0]
    yield Case("ghost batch norm: the same", NO_REPAIR, (off(by_ghost, wanted),))
    yield Case("layer norm, accumulated", REPAIRED, (_layer_norm_off(x, dy),))


def _layer_norm_off(x: Array, dy: Array) -> float:
    """Return how far the accumulated gradient under layer norm is from that of the whole batch."""

    def gradient(rows: slice) -> Array:
        _, cache = layer_norm(x[rows], (N_CHANNELS,))
        return layer_norm_backward(dy[rows], cache)[0]

    parts = [gradient(slice(k, k + N_PART)) for k in range(0, N_WHOLE, N_PART)]
    return off(np.concatenate(parts), gradient(slice(None)))


@demonstration
def unsynchronized(settings: Settings) -> Cases:
    """Share a batch among processes of two samples, each with its own statistics or with all."""
    x, dy = _samples(settings.seed)
    y, cache = batch_norm(x)
    dx = batch_norm_backward(dy, cache)[0]
    yield Case(f"one process, {N_WHOLE} samples", BEFORE, (0.0, 0.0))
    shards: list[Any] = [x[k : k + 2] for k in range(0, N_WHOLE, 2)]
    alone = [batch_norm(shard) for shard in shards]
    dxs = [batch_norm_backward(dy[2 * k : 2 * k + 2], c)[0] for k, (_, c) in enumerate(alone)]
    own = np.concatenate([output for output, _ in alone])
    name = f"{len(shards)} processes, 2 samples each"
    yield Case(name, BROKEN, (off(own, y), off(np.concatenate(dxs), dx)))
    ys, together = sync_batch_norm(shards)
    dys = [dy[k : k + 2] for k in range(0, N_WHOLE, 2)]
    synced = np.concatenate(sync_batch_norm_backward(dys, together)[0])
    yield Case("SyncBatchNorm", REPAIRED, (off(np.concatenate(ys), y), off(synced, dx)))
