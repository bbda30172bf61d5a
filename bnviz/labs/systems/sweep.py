"""What is recorded of this lab: which parts of a network learn, at widths that take too long."""

from dataclasses import dataclass

from bnviz.labs.arm import Arm, finish
from bnviz.labs.sweeps import Sweep
from bnviz.labs.systems.training import near_zero, train

WIDTHS = (25, 50, 100, 200, 400)
SOME_DIGITS = 12 / 360
"""A float32 training is not quite the same on another machine: some digits may go over."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Width of the hidden layers, and the start."""

    width: int
    seed: int = 0


def measure(cell: Cell) -> dict[str, list[float]]:
    """Train the four networks of a cell."""
    learned = finish(Arm(train, (cell.width, cell.seed)))
    return {"accuracy": learned.accuracy.tolist(), "near_zero": near_zero(learned.gamma).tolist()}


SWEEPS = {
    "affine": Sweep(
        cells=tuple(Cell(width=width) for width in WIDTHS),
        seeds=(0, 1, 2, 3, 4),
        measure=measure,
        checked=(0, 1),
        atol=SOME_DIGITS,
    )
}
"""By name; ``python -m bnviz.labs.record systems`` measures them."""
