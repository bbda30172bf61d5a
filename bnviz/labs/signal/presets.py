"""Networks worth a look. What each sentence says is tested."""

from bnviz.labs.preset import Preset
from bnviz.labs.signal.settings import Settings

PRESETS = (
    Preset(
        "Twenty sigmoid layers",
        "Without BN the 3 and the 8 become the same numbers, and the gradient vanishes. BN keeps "
        "both.",
        Settings(),
    ),
    Preset(
        "BN makes gradients grow",
        "ReLU, BN and 40 layers: the gradient in layer 1 is more than a thousand times that of "
        "layer 40. Without BN it stays within a factor of 30.",
        Settings(activation="relu", depth=40),
    ),
    Preset(
        "Weights twice too large",
        "ReLU at twice He's scale: without BN the signal doubles with every layer, with BN nothing "
        "changes.",
        Settings(activation="relu", init_scale=2.0),
    ),
    Preset(
        "Skip connections",
        "The remedy: with BN in the blocks the gradient in layer 1 of 40 stays within a factor of "
        "30.",
        Settings(activation="relu", depth=40, skips=True),
    ),
)
"""In the order of the menu."""
