"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.family.settings import Settings
from bnviz.labs.preset import Preset

TWO = Preset(
    "Batches of two",
    "BN recognizes fewer than half of the digits, layer norm and group norm more than 80%.",
    Settings(),
)
THIRTY_TWO = Preset(
    "Batches of 32",
    "BN, renormalization, layer norm and no norm lie within 4 points.",
    Settings(batch_size=32),
)
ONE_CLASS = Preset(
    "One class in a batch",
    "BN guesses, renormalization recognizes more than half, layer norm does not mind.",
    Settings(classes=1),
    {"view": "classes"},
)
UNLIMITED = Preset(
    "No limit holds",
    "At batch size 32 renormalization gives in training what evaluation gives.",
    Settings(batch_size=32),
    {"view": "renorm"},
)
STYLE = Preset(
    "The style of another picture",
    "AdaIN copies the mean and the deviation of each colour.",
    Settings(),
    {"view": "picture"},
)
PRESETS = (TWO, THIRTY_TWO, ONE_CLASS, UNLIMITED, STYLE)
"""In the order of the menu."""
