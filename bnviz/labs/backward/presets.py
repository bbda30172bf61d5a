"""Settings worth a look; each sentence is a claim, tested over several seeds."""

from bnviz.labs.backward.settings import PROPORTIONAL, RANDOM, Settings
from bnviz.labs.preset import Preset

TWO = Preset(
    "A batch of two",
    "Two samples have two directions, and batch norm takes out both: nearly nothing gets through.",
    Settings(batch_size=2, upstream=RANDOM),
)
LEAK = Preset(
    "A large ε leaks",
    "With ε = 1, a share of ε / (σ² + ε) of the part along x̂ gets through.",
    Settings(upstream=PROPORTIONAL, eps=1.0),
)
FORGOTTEN = Preset(
    "The forgotten statistics",
    "Mean and variance as constants: every sample gets γ / √(σ² + ε), where 0 would be right.",
    Settings(constants=True),
)
BLOW_UP = Preset(
    "It blows up",
    "At a learning rate of 10 the wrong gradient ends far above guessing, the right one far below.",
    Settings(lr=10.0),
    extras={"view": "constants"},
)
PRESETS = (TWO, LEAK, FORGOTTEN, BLOW_UP)
