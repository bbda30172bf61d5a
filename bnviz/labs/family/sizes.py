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
    """What networks recognize.

    Attributes
    ----------
    live : float
        Share of the reader's network; NaN while it is not trained.
    record : Record
    """

    live: float
    record: Record


def measure(settings: Settings) -> Pieces:
    """Train the reader's norm at the reader's batch size: `Sizes`."""
    yield partial(Sizes, np.nan, record())
    return Sizes(accuracy((yield from ask(trained, *needs(settings)))), record())


def needs(settings: Settings) -> tuple[str, int, int]:
    """Return what the training depends on."""
    return settings.norm, settings.batch_size, settings.seed


def accuracies(settings: Settings) -> dict[str, float]:
    """Return the live share, for the record."""
    return {"accuracy": accuracy(finish(Arm(trained, needs(settings))))}
