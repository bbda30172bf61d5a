"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.preset import Preset
from bnviz.labs.scale.settings import Settings

SMALL = Preset(
    "Tiny weights",
    "At a = 0.001 the variance is smaller than ε: the invariance ends, and the loss moves.",
    Settings(scale=0.001),
)
SLOW = Preset(
    "Large weights, same rate",
    "Weights ten times as large learn as with a hundredth of the learning rate.",
    Settings(scale=10.0),
    {"view": "pace"},
)
UNSETTLED = Preset(
    "Not yet in balance",
    "At a learning rate of 0.1 the weights turn far less than the formula says: the gradient "
    "fades as the network learns, and 300 steps are too few.",
    Settings(lr=0.1, weight_decay=0.005),
    {"view": "balance"},
)
PRESETS = (SMALL, SLOW, UNSETTLED)
"""In the order of the menu."""
