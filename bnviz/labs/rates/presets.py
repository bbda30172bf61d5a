"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.preset import Preset
from bnviz.labs.rates.settings import Settings

FIVE_LAYERS = Preset(
    "Five hidden layers",
    "Without norm at most 5 of 42 cells train, with BN at least 20.",
    Settings(),
)
TWO_LAYERS = Preset(
    "Two hidden layers",
    "A shallow network needs no BN to train in many cells; BN still opens more.",
    Settings(depth=2),
)
SIGMOID = Preset(
    "Sigmoid",
    "Without norm no cell trains: all stay near guessing. With BN at least 10 train.",
    Settings(activation="sigmoid"),
)
SLOW_CORNER = Preset(
    "Where BN is slower",
    "He's scale, learning rate 0.03: the network without norm has the lower loss.",
    Settings(),
    {"view": "corner"},
)
SMALL_WEIGHTS = Preset(
    "Weights ten times too small",
    "At a tenth of He's scale and the same low rate only BN learns, and its gradients are the "
    "larger ones.",
    Settings(init_scale=0.1),
    {"view": "corner"},
)
PRESETS = (FIVE_LAYERS, TWO_LAYERS, SIGMOID, SLOW_CORNER, SMALL_WEIGHTS)
"""In the order of the menu."""
