"""Settings worth a look. What each sentence says is tested over several seeds."""

from bnviz.labs.playground.settings import Settings
from bnviz.labs.preset import Preset

RESCUE = Preset(
    "BN rescues a deep sigmoid network",
    "Ten sigmoid layers: without BN it stays at chance, with BN it learns to classify the digits.",
    Settings(depth=10),
    held="10 of 10",
)
NO_HELP = Preset(
    "BN does not help",
    "ReLU, He initialization, a low learning rate: the network without BN learns faster.",
    Settings(activation="relu", lr=0.02),
    held="10 of 10",
)
TINY_BATCH = Preset(
    "A batch of two",
    "Two examples say little about a mean and a variance. Train mode and eval mode become two "
    "different networks, and both are far worse than the one without BN.",
    Settings(activation="tanh", lr=0.05, depth=3, batch_size=2),
    {"site": "normalized"},
    held="10 of 10",
)
STALE = Preset(
    "Stale statistics",
    "Momentum 0.001: after 500 steps the running statistics still remember their start. "
    "The network reads more than 90% in train mode. In eval mode it reads fewer, at a loss more "
    "than one and a half times as high.",
    Settings(activation="relu", lr=0.1, momentum=0.001),
    {"statistic": "variance"},
    held="10 of 10",
)
LARGE_EPSILON = Preset(
    "Epsilon too large",
    "Small weights give variances far below an epsilon of 0.1. BN then hardly rescales, and the "
    "network does not learn; with epsilon 1e-5 it does.",
    Settings(activation="relu", lr=0.1, eps=0.1, init_scale=0.1),
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
    "Twice the He initialization: without BN the loss overflows within ten steps; with BN the "
    "scale of the weights does not matter for the forward pass.",
    Settings(activation="relu", lr=0.1, init_scale=2.0),
    held="10 of 10",
)
PRESETS = (RESCUE, NO_HELP, TINY_BATCH, STALE, LARGE_EPSILON, HIGH_RATE, LARGE_START)
"""In the order of the menu."""
