"""The reader's digit through instance norm, as it is and with another contrast."""

import numpy as np

from bnviz.core import functional as F
from bnviz.labs.family.picture import change
from bnviz.labs.family.settings import Settings
from bnviz.labs.mine import Mine, Picture, levels, own
from bnviz.labs.playground import example
from bnviz.marks import number_text
from bnviz.numerals import bound

MIDDLE, SPREAD = 0.5, 0.2
"""How the result of instance norm is shown: its 0 is a middle grey."""


def measure(settings: Settings, digit: str) -> Mine:
    """Normalize the digit, a picture of one channel, before and after the change."""
    pixels = example.pixels(digit)
    x = np.array([example.LEVELS.index(level) for level in pixels]).reshape(1, 1, 8, 8) / 15
    changed = change(x, settings.contrast)
    plain, normed = (F.instance_norm(one)[0] for one in (x, changed))
    apart = bound(float(np.abs(plain - normed).max()))
    c = number_text(settings.contrast)
    pair = [Picture(levels(MIDDLE + SPREAD * one), name) for one, name in (
        (plain, "IN(x)"), (normed, f"IN({c}x + 2)"))]  # fmt: skip
    if settings.contrast == 1:
        sentence = f"{own(digit)} through instance norm: mean 0 and spread 1, whoever wrote it."
        return Mine(sentence, (Picture(pixels, "x", marked=True), pair[0]))
    sentence = (
        f"{own(digit)} through instance norm: IN(x) and IN({c}x + 2) differ by at most "
        f"**{apart}**; how dark it was written is gone."
    )
    return Mine(sentence, (Picture(pixels, "x", marked=True), *pair))
