"""What is recorded of this lab: how much of what it shows is luck of the start."""

from bnviz.labs.epsilon import scales, shift
from bnviz.labs.epsilon.settings import SPREADS, Settings
from bnviz.labs.sweeps import Sweep

SEEDS = tuple(range(10))
FEW_PICTURES = 8 / 256
"""A float32 training is not quite the same on another machine: a few pictures may go over."""

SWEEPS = {
    "shift": Sweep(
        cells=(Settings(),), seeds=SEEDS, measure=shift.curves, checked=(0,), atol=FEW_PICTURES
    ),
    "scales": Sweep(
        cells=tuple(Settings(spread=spread) for spread in SPREADS),
        seeds=SEEDS,
        measure=scales.accuracies,
        checked=(0, 4),
        atol=FEW_PICTURES,
        unstable=True,
    ),
}
"""By name; ``python -m bnviz.labs.record epsilon`` measures them."""
