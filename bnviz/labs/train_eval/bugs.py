"""The six bugs: what each of them costs, and what its repair brings back.

All start from the reader's batch size and seed, with PyTorch's defaults in everything else, so that
the one thing that is wrong is what differs.

Shape legend: D inputs, M images.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.core.train.batches import class_batch_order
from bnviz.labs.train_eval.convention import PYTORCH, Convention
from bnviz.labs.train_eval.precise import adapted, precise
from bnviz.labs.train_eval.training import N_STEPS, N_TEST, Training, held_out, score

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


def outcomes(bug: str, training: Training) -> Iterator[Outcome | None]:
    """Measure the chosen bug and its repairs.

    Parameters
    ----------
    bug : str
        A key of ``BUGS``.
    training : Training
        Done, without frozen statistics.

    Yields
    ------
    Outcome or None
        None after a small piece of work that has no result yet. The bug comes first.
    """
    measure = {
        "forgot_eval": _forgot_eval,
        "batch_of_one": _batch_of_one,
        "stale": _stale,
        "swapped": _swapped,
        "sorted": _sorted,
        "shifted": _shifted,
    }[bug]
    return measure(training)


def fickle(training: Training) -> float:
    """Return the share of test images whose answer changes with the images beside them.

    In train mode, in batches of the training size, with the images in two orders.
    """
    x_MD, _ = held_out()
    trainer, n = training.trainer, training.trainer.n
    order = np.random.default_rng([training.seed, 3]).permutation(len(x_MD))
    answers = []
    for places in (np.arange(len(x_MD)), order):
        logits = forward(trainer.spec, trainer.parameters, x_MD[places], batch_size=n).logits
        answers.append(logits.argmax(-1)[np.argsort(places)])
    return float(np.mean(answers[0] != answers[1]))


def _forgot_eval(training: Training) -> Iterator[Outcome | None]:
    n = training.trainer.n
    yield Outcome(f"train(): {n} images at a time", BUG, *score(training, None, batch_size=n))
    yield _usual("eval(): running statistics", training)


def _batch_of_one(training: Training) -> Iterator[Outcome | None]:
    yield Outcome("train(): one image at a time", BUG, *score(training, None, batch_size=1))
    yield _usual("eval(): one image at a time", training)


def _stale(training: Training) -> Iterator[Outcome | None]:
    for momentum, kind in ((STALE, BUG), (0.1, REPAIR), (None, REPAIR)):
        name = "cumulative average" if momentum is None else f"momentum {momentum}"
        stats = kept(training, Convention(momentum=momentum))
        yield Outcome(name, kind, *score(training, stats))
    yield _measured_anew("measured anew (precise)", REPAIR, training)


def _swapped(training: Training) -> Iterator[Outcome | None]:
    for momentum, name, kind in (
        (SWAPPED, f"momentum {SWAPPED}, as in Keras", BUG),
        (0.1, f"1 − {SWAPPED} = 0.1", REPAIR),
    ):
        stats = kept(training, Convention(momentum=momentum))
        yield Outcome(name, kind, *score(training, stats))
    yield _measured_anew("measured anew (precise)", REPAIR, training)


def _sorted(training: Training) -> Iterator[Outcome | None]:
    n, seed = training.trainer.n, training.seed
    labels = data.load("digits").y_train
    order = class_batch_order(labels, n, N_STEPS, seed, classes_per_batch=1)
    for norm in ("bn", "none"):
        other = Training(n, seed, order_SN=order, norm=norm, convention=PYTORCH)
        while other.n_done < N_STEPS and other.trainer.diverged_at is None:
            other.step()
            yield None
        if norm == "none":
            yield Outcome("same batches without BN", CONTROL, *score(other, None))
            return
        yield Outcome("one class per batch", BUG, *score(other, other.kept.value))
        x = data.load("digits").x_train[:N_TEST].astype(np.float64)
        mixed = score(other, adapted(other, x))
        yield Outcome("then measured anew, mixed", NO_REPAIR, *mixed)
        yield _usual("batches shuffled", training)


def _shifted(training: Training) -> Iterator[Outcome | None]:
    x_MD, _ = held_out()
    shifted = CONTRAST * x_MD
    others = CONTRAST * data.load("digits").x_test[N_TEST:].astype(np.float64)
    pale = score(training, kept(training, PYTORCH), x_MD=shifted)
    yield Outcome("pale images", BUG, *pale)
    yield Outcome(
        f"measured on {len(others)} other pale images",
        REPAIR,
        *score(training, adapted(training, others), x_MD=shifted),
    )
    yield _usual("images as in training", training)


def _usual(name: str, training: Training) -> Outcome:
    return Outcome(name, REPAIR, *score(training, kept(training, PYTORCH)))


def _measured_anew(name: str, kind: str, training: Training) -> Outcome:
    return Outcome(name, kind, *score(training, precise(training).total))


def kept(training: Training, convention: Convention) -> Array:
    """Return the running statistics after all batches of a training, shape (2, L, C)."""
    running = convention.statistics(training.batch_stats[0].shape)
    for batch_2LC in training.batch_stats:
        running.update(batch_2LC, training.trainer.n)
    return running.value
