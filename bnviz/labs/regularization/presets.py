"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.preset import Preset
from bnviz.labs.regularization.settings import Settings

LONGER = Preset(
    "Four times the steps",
    "At batch size 4 BN slows learning by heart, it does not forbid it: after 16000 steps a third "
    "of the wrong labels or more is learned.",
    Settings(n_steps=16000),
    held="9 of 10",
)
WIDER = Preset(
    "A wider network",
    "With 128 units in place of 32 more of the wrong labels are learned in the same steps.",
    Settings(width=128),
    held="10 of 10",
)
HEAD = Preset(
    "Dropout behind the last BN",
    "Dropout just before the last layer hardly shifts the variance, even at p = 0.7.",
    Settings(dropout=0.7, position="head"),
    {"view": "dropout"},
    held="9 of 10",
)
PRESETS = (LONGER, WIDER, HEAD)
"""In the order of the menu."""
