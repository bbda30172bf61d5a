"""Batches of few classes: what becomes of the norms whose statistics are those of a batch.

Shape legend: A arms (``ARMS``).
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.arm import Arm, Pieces, ask, finish
from bnviz.labs.family.networks import accuracy, accuracy_in_batches, trained
from bnviz.labs.family.record import ARMS, Record, record
from bnviz.labs.family.settings import Settings
from bnviz.labs.turns import in_turn

BATCH_SIZE = 16


@dataclass(frozen=True, eq=False)
class Classes:
    """The record, and what the arms recognize at the reader's number of classes, shape (A,).

    NaN where an arm is not trained yet.
    """

    live: Array
    record: Record


def right(arm: str, classes: int, seed: int) -> Pieces:
    """Return the share of held-out digits that an arm recognizes."""
    norm = "bn" if arm in ("eval", "batch") else arm
    network = yield from ask(trained, norm, BATCH_SIZE, seed, classes)
    if arm == "batch":
        return accuracy_in_batches(network, BATCH_SIZE, classes, seed)
    return accuracy(network)


def measure(settings: Settings) -> Pieces:
    """Train one arm after the other: `Classes`."""
    return in_turn(arms(settings), np.nan, lambda live: Classes(np.array(live), record()))


def arms(settings: Settings) -> list[Arm]:
    """Return what each arm recognizes."""
    return [Arm(right, (arm, settings.classes, settings.seed)) for arm in ARMS]


def accuracies(settings: Settings) -> dict[str, list[float]]:
    """Return the accuracy of all arms, for the record."""
    return {"accuracy": [finish(arm) for arm in arms(settings)]}
