"""The reader's digit through instance norm, as it is and with another contrast, and in a style."""

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.labs.family.picture import change, drawn, toward
from bnviz.labs.family.settings import Settings
from bnviz.labs.mine import Mine, Picture, levels, own
from bnviz.labs.playground import example
from bnviz.marks import number_text
from bnviz.numerals import bound

MIDDLE, SPREAD = 0.5, 0.2
"""How the result of instance norm is shown: its 0 is a middle grey."""


def measure(settings: Settings, digit: str) -> Mine:
    """Normalize the digit, a picture of one channel, before and after the change; style it."""
    pixels = example.pixels(digit)
    x = np.array([example.LEVELS.index(level) for level in pixels]).reshape(1, 1, 8, 8) / 15
    changed = change(x, settings.contrast)
    plain, normed = (F.instance_norm(one)[0] for one in (x, changed))
    apart = bound(float(np.abs(plain - normed).max()))
    c = number_text(settings.contrast)
    style = drawn(settings.seed)[1].mean(1, keepdims=True)
    styled = Picture(
        levels(toward(x, style, settings.strength)), "in the style of the other picture"
    )
    first = Picture(pixels, "x", marked=True), _seen(plain, "IN(x)")
    if settings.contrast == 1:
        sentence = f"{own(digit)} through instance norm: mean 0, and variance 1 but for ε."
        return Mine(sentence, (*first, styled))
    sentence = (
        f"{own(digit)} through instance norm: IN(x) and IN({c}x + 2) differ by at most "
        f"**{apart}**: IN takes out contrast and brightness, but for ε."
    )
    return Mine(sentence, (*first, _seen(normed, f"IN({c}x + 2)"), styled))


def _seen(x: Array, words: str) -> Picture:
    return Picture(levels(MIDDLE + SPREAD * x), words)
