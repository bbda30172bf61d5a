"""What is recorded of this lab: how much of what it shows is luck of the start."""

from bnviz.labs.regularization import dropout, memory
from bnviz.labs.regularization.settings import BATCHES, DROPOUTS, POSITIONS, RATES, Settings
from bnviz.labs.sweeps import Sweep

SEEDS = tuple(range(5))
FEW_LABELS = 0.1
"""A float32 training is not quite the same on another machine: a few labels may go over."""
SIZES = tuple(Settings(batch_size=size) for size in BATCHES)

SWEEPS = {
    "memory": Sweep(SIZES, SEEDS, memory.curves, checked=(0,), atol=FEW_LABELS),
    "rates": Sweep(
        tuple(Settings(lr=lr) for lr in RATES), SEEDS, memory.curves, checked=(0,), atol=FEW_LABELS
    ),
    "clean": Sweep(SIZES, SEEDS, memory.clean, checked=(0,), atol=0.05),
    "dropout": Sweep(
        tuple(Settings(position=place, dropout=p) for place in POSITIONS for p in DROPOUTS),
        SEEDS, dropout.scores, checked=(5, 13), rtol=0.1, atol=0.05,
    ),
}  # fmt: skip
"""By name; ``python -m bnviz.labs.record regularization`` measures them."""
