"""What is recorded of this lab: the loss after training, over depths, and later at one of them."""

from bnviz.labs.signal import late
from bnviz.labs.signal.settings import ACTIVATIONS, Settings
from bnviz.labs.signal.training import losses
from bnviz.labs.sweeps import Sweep

DEPTHS = (3, 10, 20, 40, 60)
NEW = tuple(range(80, 90))
"""Seeds that chose no rate, no number of steps and no margin of a check."""

SWEEPS = {
    "late": Sweep(
        cells=tuple(Settings(activation="relu", depth=depth) for depth in late.DEPTHS),
        seeds=NEW,
        measure=late.losses,
        checked=(),  # minutes; a test measures the first look again
    ),
    "depth": Sweep(
        cells=tuple(
            Settings(activation=activation, depth=depth, skips=skips)
            for skips in (False, True)
            for activation in ACTIVATIONS
            for depth in DEPTHS
        ),
        seeds=(0, 1, 2),
        measure=losses,
        checked=(0, 15),
        rtol=0.05,
        atol=0.01,
    ),
}
"""By name; ``python -m bnviz.labs.record signal`` measures them."""
