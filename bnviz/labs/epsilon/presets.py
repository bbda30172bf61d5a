"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.epsilon.settings import Settings
from bnviz.labs.preset import Preset

FADED = Preset(
    "Faded pictures",
    "Contrast ×0.3: BN with its running statistics reads fewer than 70% of the digits, and the "
    "same network with adapted statistics more than 90%.",
    Settings(),
    held="10 of 10",
)
BRIGHT = Preset(
    "Brighter pictures",
    "Brightness +2: BN and the network without norm both lose many digits. Adapted statistics "
    "bring them back.",
    Settings(contrast=1.0, brightness=2.0),
    held="10 of 10",
)
INVERTED = Preset(
    "Inverted pictures",
    "Adapted statistics do not help: turning the sign of every pixel turns the sign of every "
    "normalized value in the first layer.",
    Settings(contrast=1.0, invert=True),
    held="10 of 10",
)
HIDDEN = Preset(
    "Unequal inputs",
    "Pixel scales over one decade: BN in the hidden layers stays behind standardized inputs.",
    Settings(),
    {"view": "scales"},
    held="10 of 10",
)
LOST_DIGITS = Preset(
    "A mean of ten thousand",
    "In float32 the one-pass variance has no digit left; two passes keep at least six.",
    Settings(offset=1e4),
    {"view": "precision"},
    held="10 of 10",
)
LARGE_EPSILON = Preset(
    "A large epsilon",
    "At ε = 0.1 a feature of standard deviation 0.1 comes out with 0.3 instead of 1.",
    Settings(eps=0.1),
    {"view": "gain"},
)
PRESETS = (FADED, BRIGHT, INVERTED, HIDDEN, LOST_DIGITS, LARGE_EPSILON)
"""In the order of the menu."""
