"""Settings with one field of each kind, for the tests of settings and links."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.settings import Choice, Range, Switch, check, decades

BATCH = Range("Batch size", 2, 256, scale="log2")
MOMENTUM = Range(
    "Momentum",
    0.001,
    1.0,
    scale="log",
    options=decades(0.001, 1.0, (1, 3)),
    none="cumulative average",
)
RATE = Range("Learning rate", 1e-3, 10.0, scale="log", options=decades(1e-3, 10.0, (1, 2, 5)))
DEPTH = Range("Depth", 1, 20)
NOISE = Range("Noise", -1.0, 1.0, step=0.1)
ACTIVATION = Choice("Activation", {"relu": "ReLU", "tanh": "tanh"})
SKIP = Switch("Skip connections")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One field of each kind."""

    batch_size: Annotated[int, BATCH] = 32
    momentum: Annotated[float | None, MOMENTUM] = 0.1
    lr: Annotated[float, RATE] = 0.1
    depth: Annotated[int, DEPTH] = 6
    noise: Annotated[float, NOISE] = 0.0
    activation: Annotated[str, ACTIVATION] = "relu"
    skip: Annotated[bool, SKIP] = False

    def __post_init__(self):
        check(self)
        if self.depth == 20 and self.batch_size == 2:
            raise ValueError("depth 20 needs a batch_size of 4 or more")


def offered(mark):
    """Return some values that a control offers, both ends among them."""
    match mark:
        case Range(options=None):
            return [mark.lo, mark.hi, mark.lo + 3 * mark.spacing]
        case Range():
            return list(mark.offered)
        case Choice():
            return list(mark.options)
        case Switch():
            return [False, True]
