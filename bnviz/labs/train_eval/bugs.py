"""The six bugs: what each of them costs, and what its repair brings back.

All start from the reader's batch size and seed, with PyTorch's defaults in everything else, so that
the one thing that is wrong is what differs.

Shape legend: D inputs, M images, S seeds.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval.convention import PYTORCH, Convention
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
    """What was measured in one of the cases.

    Attributes
    ----------
    name : str
        A few words.
    kind : {"bug", "repair", "no repair", "control"}
    loss, accuracy : float
        On held-out images.
    """

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
    """Train, then measure the chosen bug and its repairs; it pauses after each.

    Returns
    -------
    Bug
    """
    n, seed, bug = settings.batch_size, settings.seed, settings.bug
    outcomes = list[Outcome]()
    sweep = recorded("train_eval")[bug]
    cell = sweep.find(Settings(batch_size=n, bug=bug))
    seeds = {} if cell is None else {name: values[cell] for name, values in sweep.values.items()}
    yield partial(Bug, (), np.nan, seeds, sweep.credit, False)
    network = yield from ask(train, n, seed)
    for outcome in CASES[bug](network):
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


def _forgot_eval(network: Network) -> Cases:
    n = network.batch_size
    yield Outcome(f"train(): {n} images at a time", BUG, *score(network, None, batch_size=n))
    yield _usual("eval(): running statistics", network)


def _batch_of_one(network: Network) -> Cases:
    yield Outcome("train(): one image at a time", BUG, *score(network, None, batch_size=1))
    yield _usual("eval(): one image at a time", network)


def _stale(network: Network) -> Cases:
    for momentum, kind in ((STALE, BUG), (0.1, REPAIR), (None, REPAIR)):
        name = "cumulative average" if momentum is None else f"momentum {momentum}"
        stats = kept(network, Convention(momentum=momentum))
        yield Outcome(name, kind, *score(network, stats))
    yield _measured_anew("measured anew (precise)", REPAIR, network)


def _swapped(network: Network) -> Cases:
    for momentum, name, kind in (
        (SWAPPED, f"momentum {SWAPPED}, as in Keras", BUG),
        (0.1, f"1 − {SWAPPED} = 0.1", REPAIR),
    ):
        stats = kept(network, Convention(momentum=momentum))
        yield Outcome(name, kind, *score(network, stats))
    yield _measured_anew("measured anew (precise)", REPAIR, network)


def _sorted(network: Network) -> Cases:
    n, seed = network.batch_size, network.seed
    sorted_too = yield from ask(train, n, seed, "bn", "sorted")
    stats = kept(sorted_too, PYTORCH)
    yield Outcome("one class per batch", BUG, *score(sorted_too, stats))
    x = data.load("digits").x_train[:N_TEST].astype(np.float64)
    mixed = score(sorted_too, adapted(sorted_too, x))
    yield Outcome("then measured anew, mixed", NO_REPAIR, *mixed)
    yield _usual("batches shuffled", network)
    without = yield from ask(train, n, seed, "none", "sorted")
    yield Outcome("same batches without BN", CONTROL, *score(without, None))


def _shifted(network: Network) -> Cases:
    x_MD, _ = held_out()
    shifted = CONTRAST * x_MD
    others = CONTRAST * data.load("digits").x_test[N_TEST:].astype(np.float64)
    pale = score(network, kept(network, PYTORCH), x_MD=shifted)
    yield Outcome("pale images", BUG, *pale)
    yield Outcome(
        f"measured on {len(others)} other pale images",
        REPAIR,
        *score(network, adapted(network, others), x_MD=shifted),
    )
    yield _usual("images as in training", network)


def _usual(name: str, network: Network) -> Outcome:
    return Outcome(name, REPAIR, *score(network, kept(network, PYTORCH)))


def _measured_anew(name: str, kind: str, network: Network) -> Outcome:
    return Outcome(name, kind, *score(network, precise(network).total))


CASES: Mapping[str, Callable[[Network], Cases]] = {
    "forgot_eval": _forgot_eval,
    "batch_of_one": _batch_of_one,
    "stale": _stale,
    "swapped": _swapped,
    "sorted": _sorted,
    "shifted": _shifted,
}
"""Bug -> what measures it and its repairs, from a trained network."""


def kept(network: Network, convention: Convention) -> Array:
    """Return the running statistics after all batches of a network, shape (2, L, C)."""
    running = convention.statistics(network.batch_stats[0].shape)
    for batch_2LC in network.batch_stats:
        running.update(batch_2LC, network.batch_size)
    return running.value
