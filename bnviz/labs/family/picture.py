"""A small picture through instance norm, and in the style of another.

Shape legend: N = 1, C = 3 colours, H W space.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.labs.family.settings import Settings

SIDE = 24
SHIFT = 2.0
"""Added to a picture whose contrast is changed."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What the view shows, colours last: (H, W, C).

    Attributes
    ----------
    content, changed, style : arrays, shape (H, W, C)
        The picture, the same at the reader's contrast, and the picture whose style is taken.
    plain, normed : arrays, shape (H, W, C)
        Instance norm of the picture, and of the changed one.
    styled : array, shape (H, W, C)
        The picture, moved to the other's style as far as the strength says.
    difference : float
        Largest difference of the two results of instance norm.
    means, deviations : arrays, shape (3, C)
        Of the picture, of the styled one, and of the style.
    """

    content: Array
    changed: Array
    style: Array
    plain: Array
    normed: Array
    styled: Array
    difference: float
    means: Array
    deviations: Array


def drawn(seed: int) -> tuple[Array, Array]:
    """Return two pictures, shape (1, 3, H, W), from 0 to 1: a sun over a hill, and warm stripes."""
    rng = np.random.default_rng([seed, 22])
    row, column = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1)
    content = np.empty((3, SIDE, SIDE))
    content[:] = np.array([0.25, 0.45, 0.75])[:, None, None] + 0.2 * row
    x, y = rng.uniform(0.25, 0.75), rng.uniform(0.2, 0.35)
    content[:, (column - x) ** 2 + (row - y) ** 2 < 0.02] = [[0.95], [0.85], [0.3]]
    hill = row > 0.7 + 0.12 * np.sin(6 * column + rng.uniform(0, 6))
    content[:, hill] = [[0.15], [0.45], [0.2]]
    wave = 0.5 + 0.5 * np.sin(14 * (column + row) + rng.uniform(0, 6))
    style = np.array([0.75, 0.35, 0.2])[:, None, None] + np.array([0.2, 0.25, 0.1])[
        :, None, None
    ] * (wave - 0.5)
    style = style + 0.02 * rng.normal(size=style.shape)
    return content[None], style[None]


def change(x: Array, contrast: float) -> Array:
    """Return a picture times the contrast, plus ``SHIFT`` where it is changed at all."""
    return contrast * x + (SHIFT if contrast != 1 else 0.0)


def toward(x: Array, style: Array, strength: float) -> Array:
    """Return a picture part of the way to AdaIN's result (Huang & Belongie 2017, section 7.2)."""
    return (1 - strength) * x + strength * F.adain(x, style)[0]


def measure(settings: Settings) -> Picture:
    """Return all pictures of the view."""
    content, style = drawn(settings.seed)
    changed = change(content, settings.contrast)
    plain, normed = (F.instance_norm(x)[0] for x in (content, changed))
    styled = toward(content, style, settings.strength)
    three = np.concatenate([content, styled, style])

    def shown(x: Array) -> Array:
        return np.moveaxis(x[0], 0, -1)

    return Picture(
        content=shown(content),
        changed=shown(changed),
        style=shown(style),
        plain=shown(plain),
        normed=shown(normed),
        styled=shown(styled),
        difference=float(np.abs(plain - normed).max()),
        means=three.mean((2, 3)),
        deviations=three.std((2, 3)),
    )
