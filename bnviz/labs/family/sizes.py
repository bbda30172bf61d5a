"""Batch sizes: all norms as recorded, and one of them trained now."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from bnviz.labs.arm import Arm, Pieces, ask, finish
from bnviz.labs.family.networks import accuracy, trained
from bnviz.labs.family.record import Record, record
from bnviz.labs.family.settings import Settings


@dataclass(frozen=True, eq=False)
class Sizes:
    """The record, and what the reader's network recognizes; NaN while it is not trained."""

    live: float
    record: Record


def measure(settings: Settings) -> Pieces:
    """Train the reader's norm at the reader's batch size: `Sizes`."""
    yield partial(Sizes, np.nan, record())
    return Sizes(accuracy((yield from ask(trained, *training_of(settings).needs))), record())


def training_of(s: Settings) -> Arm:
    """Return the training of the reader's network."""
    return Arm(trained, (s.norm, s.batch_size, s.seed))


def accuracies(settings: Settings) -> dict[str, float]:
    """Return the live share, for the record."""
    return {"accuracy": accuracy(finish(training_of(settings)))}
