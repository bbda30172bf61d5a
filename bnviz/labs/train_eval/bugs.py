"""The six bugs: what each of them costs, and what its repair brings back.

All start from the reader's batch size and seed, with PyTorch's defaults in everything else, so that
the one thing that is wrong is what differs.

Shape legend: D inputs, M images, S seeds.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval.convention import PYTORCH, Convention, Kept
from bnviz.labs.train_eval.precise import adapted, precise
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.training import N_TEST, Network, held_out, score, train

STALE = 0.001
SWAPPED = 0.9
"""Keras's way to write 0.1, taken for the weight of the new batch."""
CONTRAST = 0.3
"""Every test image keeps this share of its distance from the mean training image."""
BUG, REPAIR, NO_REPAIR, CONTROL = "bug", "repair", "no repair", "control"
"""What a bar stands for. No repair: tried, for it repairs other bugs. Control: without BN."""


@dataclass(frozen=True)
class Outcome:
    """Loss and accuracy on held-out images in one of the cases; its name and kind."""

    name: str
    kind: str
    loss: float
    accuracy: float


Cases = Generator[Any, None, None]
"""Outcomes, and None after a piece of work that has no result yet."""


@dataclass(frozen=True, eq=False)
class Bug:
    """What was measured of a bug so far.

    Attributes
    ----------
    outcomes : tuple of Outcome
        The bug comes first.
    fickle : float
        Share of held-out images whose answer changes in train mode with the images beside them;
        NaN where it is not known.
    seeds : dict of str to array, shape (seeds, outcomes)
        ``loss`` and ``accuracy`` as recorded over seeds; empty where nothing is.
    credit : str
        When and how the record was made.
    finished : bool
    """

    outcomes: tuple[Outcome, ...]
    fickle: float
    seeds: Mapping[str, Array]
    credit: str
    finished: bool


def measure(settings: Settings) -> Pieces:
    """Train, then measure the chosen bug and its repairs: a `Bug`."""
    n, seed, bug = settings.batch_size, settings.seed, settings.bug
    outcomes = list[Outcome]()
    sweep = recorded("train_eval")[bug]
    cell = sweep.find(Settings(batch_size=n, bug=bug))
    seeds = {} if cell is None else {name: values[cell] for name, values in sweep.values.items()}
    yield partial(Bug, (), np.nan, seeds, sweep.credit, False)
    network = yield from ask(train, n, seed)
    for outcome in cases(bug, network):
        outcomes += [] if outcome is None else [outcome]
        yield partial(Bug, tuple(outcomes), np.nan, seeds, sweep.credit, False)
    share = fickle(network) if bug == "forgot_eval" else np.nan
    return Bug(tuple(outcomes), share, seeds, sweep.credit, True)


def fickle(network: Network) -> float:
    """Return the share of test images whose answer changes with the images beside them.

    In train mode, in batches of the training size, with the images in two orders.
    """
    x_MD, _ = held_out()
    spec, parameters = network.spec, network.parameters
    order = np.random.default_rng([network.seed, 3]).permutation(len(x_MD))
    answers = []
    for places in (np.arange(len(x_MD)), order):
        logits = forward(spec, parameters, x_MD[places], batch_size=network.batch_size).logits
        answers.append(logits.argmax(-1)[np.argsort(places)])
    return float(np.mean(answers[0] != answers[1]))


def cases(bug: str, network: Network) -> Cases:
    """Measure a bug, then its repairs, from a trained network."""
    n = network.batch_size

    def scored(name: str, kind: str, stats: Array | None, **how: Any) -> Outcome:
        return Outcome(name, kind, *score(network, stats, **how))

    def usual(name: str) -> Outcome:
        return scored(name, REPAIR, kept(network, PYTORCH))

    match bug:
        case "forgot_eval":
            yield scored(f"train(): {n} images at a time", BUG, None, batch_size=n)
            yield usual("eval(): running statistics")
        case "batch_of_one":
            yield scored("train(): one image at a time", BUG, None, batch_size=1)
            yield usual("eval(): one image at a time")
        case "stale" | "swapped":
            for name, kind, momentum in MOMENTA[bug]:
                yield scored(name, kind, kept(network, Convention(momentum=momentum)))
            yield scored("measured anew (precise)", REPAIR, precise(network).total)
        case "sorted":
            yield from _sorted(network)
            yield usual("batches shuffled")
            without = yield from ask(train, n, network.seed, "none", "sorted")
            yield Outcome("same batches without BN", CONTROL, *score(without, None))
        case "shifted":
            x_MD = CONTRAST * held_out()[0]
            others = CONTRAST * data.load("digits").x_test[N_TEST:].astype(np.float64)
            yield scored("pale images", BUG, kept(network, PYTORCH), x_MD=x_MD)
            name = f"measured on {len(others)} other pale images"
            yield scored(name, REPAIR, adapted(network, others), x_MD=x_MD)
            yield usual("images as in training")


MOMENTA: Mapping[str, Sequence[tuple[str, str, float | None]]] = {
    "stale": (
        (f"momentum {STALE}", BUG, STALE),
        ("momentum 0.1", REPAIR, 0.1),
        ("cumulative average", REPAIR, None),
    ),
    "swapped": (
        (f"momentum {SWAPPED}, as in Keras", BUG, SWAPPED),
        (f"1 − {SWAPPED} = 0.1", REPAIR, 0.1),
    ),
}
"""What is tried of the momentum, and what it stands for."""


def _sorted(network: Network) -> Cases:
    sorted_too = yield from ask(train, network.batch_size, network.seed, "bn", "sorted")
    yield Outcome("one class per batch", BUG, *score(sorted_too, kept(sorted_too, PYTORCH)))
    x = data.load("digits").x_train[:N_TEST].astype(np.float64)
    anew = score(sorted_too, adapted(sorted_too, x))
    yield Outcome("then measured anew, mixed", NO_REPAIR, *anew)


def kept(network: Network, convention: Convention) -> Array:
    """Return the running statistics after all batches of a network, shape (2, L, C)."""
    running = Kept(convention, network.batch_stats[0].shape)
    for batch_2LC in network.batch_stats:
        running.update(batch_2LC, network.batch_size)
    return running.value
