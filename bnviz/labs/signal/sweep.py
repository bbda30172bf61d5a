"""What is recorded of this lab: the loss after training, over depths and activations."""

from bnviz.labs.signal.settings import ACTIVATIONS, Settings
from bnviz.labs.signal.training import losses
from bnviz.labs.sweeps import Sweep

DEPTHS = (3, 10, 20, 40, 60)

SWEEPS = {
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
    )
}
"""By name; ``python -m bnviz.labs.record signal`` measures them."""
