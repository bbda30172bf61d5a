"""The six bugs that everyone meets. What each sentence says is tested over several seeds."""

from bnviz.labs.preset import Preset
from bnviz.labs.train_eval.settings import Settings

VIEW = {"view": "bugs"}

FORGOT_EVAL = Preset(
    "Forgot eval()",
    "Tested in train mode, four images at a time: the loss is more than one and a half times that "
    "of eval mode, and a third of the images or more change their answer with the images "
    "beside them.",
    Settings(bug="forgot_eval", batch_size=4),
    VIEW,
    held="10 of 10",
)
BATCH_OF_ONE = Preset(
    "A batch of one",
    "One image alone in train mode is minus its own mean: nothing is left. Every image gets the "
    "same answer; PyTorch refuses. In eval mode one image is as good as many.",
    Settings(bug="batch_of_one", batch_size=32),
    VIEW,
    held="10 of 10",
)
STALE = Preset(
    "Stale momentum",
    "Momentum 0.001: after 300 steps the start still has three quarters of the weight. The loss is "
    "more than 1.4 times as high. Momentum 0.1, a cumulative average, or statistics measured anew "
    "repair it, the last two without training again.",
    Settings(bug="stale", batch_size=32),
    VIEW,
    held="10 of 10",
)
SWAPPED = Preset(
    "Swapped convention",
    "Keras's momentum 0.9 written into PyTorch: eval mode knows little more than the last batch of "
    "four, and the loss is higher, from most starts more than one and a half times. 1 minus the "
    "value repairs it.",
    Settings(bug="swapped", batch_size=4),
    VIEW,
    held="10 of 10",
)
SORTED = Preset(
    "One class per batch",
    "Each batch holds one digit only. BN subtracts what its images have in common, which is their "
    "class: the network stays at chance. Without BN the same batches teach it; so do shuffled "
    "ones with BN. New statistics do not help, for the weights are wrong.",
    Settings(bug="sorted", batch_size=32),
    VIEW,
    held="10 of 10",
)
SHIFTED = Preset(
    "Shifted test data",
    "Pale images, with 30% of the contrast: the running statistics do not fit, and a quarter of "
    "the answers or more are wrong. The statistics of 104 other pale images, without labels, "
    "bring them back.",
    Settings(bug="shifted", batch_size=32),
    VIEW,
    held="10 of 10",
)
PRESETS = (FORGOT_EVAL, BATCH_OF_ONE, STALE, SWAPPED, SORTED, SHIFTED)
"""In the order of the menu."""
