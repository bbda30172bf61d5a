"""Faults of the mode: a layer that trains where it should evaluate.

Shape legend: D pixels, M images, N images of a batch, L hidden layers, C units.
"""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy_alone
from bnviz.core.network.passes import forward
from bnviz.core.nn import BatchNorm1d
from bnviz.labs.arm import ask
from bnviz.labs.doctor.case import BEFORE, BROKEN, REPAIRED, Case, Cases, demonstration
from bnviz.labs.doctor.network import (
    batch_statistics,
    fickle,
    recorded,
    scored,
    training_images,
)
from bnviz.labs.doctor.settings import Settings
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.training import Network, held_out, kept, train

N_VALIDATION = 5
"""Batches of validation that pass in train mode."""
BRIGHTER = 3.0
"""What is added to every pixel of the validation images, which go from 0 to 1."""
FAR, N_VALUES, N_TRAINING = 10.0, 64, 40
"""Mean of the validation values of one layer; values of a batch; batches of its training."""


@demonstration
def depends_on_batch(settings: Settings) -> Cases:
    """Test with the statistics of each test batch: eval() forgotten, or no running statistics."""
    n = settings.batch_size
    network = yield from ask(train, n, settings.seed)
    for name, kind, stats in (
        (f"statistics of the batch, {n} images", BROKEN, None),
        ("eval(): running statistics", REPAIRED, kept(network, PYTORCH)),
    ):
        case = scored(name, kind, network, stats, batch_size=n if stats is None else None)
        yield Case(name, kind, (*case.values, fickle(network, stats, n)))


@demonstration
def batch_of_one(settings: Settings) -> Cases:
    """Test one image at a time, in both modes."""
    network = yield from ask(train, settings.batch_size, settings.seed)
    yield scored("train(): one image at a time", BROKEN, network, None, batch_size=1)
    yield scored("eval(): one image at a time", REPAIRED, network, kept(network, PYTORCH))


@demonstration
def mixed_modes(settings: Settings) -> Cases:
    """Leave the first layer of norm in train mode while the others evaluate."""
    n = settings.batch_size
    network = yield from ask(train, n, settings.seed)
    running = kept(network, PYTORCH)
    yield scored("all layers in eval()", BEFORE, network, running)
    yield Case("layer 1 in train()", BROKEN, first_layer_trains(network, running))
    yield scored("model.eval() once more", REPAIRED, network, running)


def first_layer_trains(network: Network, running_2LC: Array) -> tuple[float, float]:
    """Return loss and accuracy with the batch's statistics in layer 1, running ones above."""
    (x_MD, labels), n = held_out(), network.batch_size
    logits = []
    for first, batch_2LC in enumerate(batch_statistics(network, x_MD, n)):
        mixed = running_2LC.copy()
        mixed[:, 0] = batch_2LC[:, 0]
        x_ND = x_MD[first * n : (first + 1) * n]
        logits.append(forward(network.spec, network.parameters, x_ND, running_stats=mixed).logits)
    logits_MK = np.concatenate(logits)
    right = float((logits_MK.argmax(-1) == labels).mean())
    return cross_entropy_alone(logits_MK, labels), right


@demonstration
def updates_while_frozen(settings: Settings) -> Cases:
    """Validate frozen weights on other images, in train mode and in eval mode."""
    n = settings.batch_size
    network = yield from ask(train, n, settings.seed)
    running = kept(network, PYTORCH)
    yield scored("before the validation", BEFORE, network, running)
    bright = training_images(N_VALIDATION, n) + BRIGHTER
    moved = recorded(running, batch_statistics(network, bright, n), n)
    yield scored(f"{N_VALIDATION} batches in train()", BROKEN, network, moved)
    yield scored(f"{N_VALIDATION} batches in eval()", REPAIRED, network, running)


@demonstration
def one_layer_moves(settings: Settings) -> Cases:
    """Send five batches of mean 10 through one trained layer, in train and in eval mode."""
    for kind in (BEFORE, BROKEN, REPAIRED):
        rng = np.random.default_rng(settings.seed)
        layer = BatchNorm1d(1, dtype=np.float64)
        for _ in range(N_TRAINING):
            layer(rng.normal(size=(N_VALUES, 1)))
        layer.train(kind == BROKEN)
        if kind != BEFORE:
            for _ in range(N_VALIDATION):
                layer(rng.normal(FAR, 1.0, (N_VALUES, 1)))
        name = {BEFORE: "after training", BROKEN: "no_grad(), train()", REPAIRED: "eval()"}[kind]
        mean = float(np.asarray(layer.running_mean)[0])
        own = layer.eval()(np.zeros((1, 1)))
        yield Case(name, kind, (mean, float(own[0, 0])))
