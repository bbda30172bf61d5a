"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.playground.settings import Settings
from bnviz.labs.preset import Preset

RESCUE = Preset(
    "BN rescues a deep sigmoid network",
    "Ten sigmoid layers: without BN it stays at chance, with BN it learns to classify the digits. "
    "Without BN the gradient vanishes on its way to layer 1, at the left.",
    Settings(depth=10),
    held="10 of 10",
)
NO_HELP = Preset(
    "BN does not help here",
    "ReLU, He initialization, a low learning rate: the network without BN learns faster. From step "
    "50 to 300 its loss, the dashed line, is the lower one.",
    Settings(activation="relu", lr=0.02),
    {"step": "200"},
    held="10 of 10",
)
TINY_BATCH = Preset(
    "A batch of two",
    "At step 0, after BN: whatever the two examples are, nearly all values are −1 or +1. Two "
    "examples say little about a mean and a variance. Train mode and eval mode become two "
    "different networks, and both end far worse than the one without BN.",
    Settings(activation="tanh", lr=0.05, depth=3, batch_size=2),
    {"site": "normalized", "axis": "step", "step": "0"},
    held="10 of 10",
)
STALE = Preset(
    "Stale statistics",
    "Momentum 0.001: after 500 steps the running statistics still remember their start. "
    "The network reads more than 90% in train mode. In eval mode it reads fewer, at a loss more "
    "than one and a half times as high. The last chart draws the "
    "variance of a unit, and a running one that is far from it.",
    Settings(activation="relu", lr=0.1, momentum=0.001),
    {"statistic": "variance"},
    held="10 of 10",
)
LARGE_EPSILON = Preset(
    "Epsilon too large",
    "Small weights give variances far below an epsilon of 0.1. BN then hardly rescales, and the "
    "network does not learn; with epsilon 1e-5 it does. The last chart has a variance of layer 1.",
    Settings(activation="relu", lr=0.1, eps=0.1, init_scale=0.1),
    {"site": "normalized", "layer": "1", "statistic": "variance"},
    held="10 of 10",
)
HIGH_RATE = Preset(
    "A learning rate that only BN survives",
    "At learning rate 2 the network without BN diverges within ten steps; with BN it learns.",
    Settings(activation="relu", lr=2.0),
    held="10 of 10",
)
LARGE_START = Preset(
    "Weights that start too large",
    "Twice the He initialization: without BN the loss overflows within ten steps. At step 0 the "
    "activations without BN grow from layer to layer; after BN they are equally wide in all.",
    Settings(activation="relu", lr=0.1, init_scale=2.0),
    {"site": "normalized", "step": "0"},
    held="10 of 10",
)
SPIRALS = Preset(
    "Two spirals at learning rate 1",
    "Points in the plane, five ReLU layers: the network without BN diverges within ten steps. The "
    "one with BN learns and gets more than 85% of unseen points right.",
    Settings(dataset="spirals", activation="relu", lr=1.0, depth=5),
    held="9 of 10",
)
PRESETS = (SPIRALS, RESCUE, NO_HELP, TINY_BATCH, STALE, LARGE_EPSILON, HIGH_RATE, LARGE_START)
"""In the order of the menu."""
