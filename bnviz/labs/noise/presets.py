"""Settings of the lab on batch size and noise that are worth a look."""

from bnviz.labs.noise.settings import EVAL, Settings
from bnviz.labs.preset import Preset

ONLY_SIGNS = Preset(
    "Batch of two",
    "With two images per batch, x̂ is −1 or +1, whatever the image.",
    Settings(batch_size=2),
    {"view": "sample"},
)
NEIGHBOURS = Preset(
    "Mind your neighbours",
    "In a batch of four, one replaced image moves the outputs of the other three by more than one "
    "logit.",
    Settings(batch_size=4),
    {"view": "influence"},
)
ALONE = Preset(
    "Eval: on its own",
    "In evaluation mode no output depends on another image.",
    Settings(batch_size=4, norm=EVAL),
    {"view": "influence"},
)
WHOLE_EPOCH = Preset(
    "Without replacement",
    "Drawn from a shuffled epoch, 256 of 1437 images have less noise than 1/√256.",
    Settings(batch_size=256, replacement=False),
    {"view": "law"},
)
PRESETS = (ONLY_SIGNS, NEIGHBOURS, ALONE, WHOLE_EPOCH)
