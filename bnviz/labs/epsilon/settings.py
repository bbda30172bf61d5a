"""What a reader of the lab on epsilon, precision and shift can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.labs.offered import offered
from bnviz.settings import Range, Switch, check, check_offered, decades

CONTRASTS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
BRIGHTNESSES = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
SPREADS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; each view frees one of the first four."""

    contrast: Annotated[
        float,
        offered(
            "Contrast at test time",
            CONTRASTS,
            "Multiplies how far each pixel is from the average picture. Training uses 1.",
            scale="log",
        ),
    ] = 0.3
    eps: Annotated[
        float,
        Range(
            "Epsilon",
            1e-8,
            1e-1,
            scale="log",
            help="Added to the variance inside the square root. For the view Epsilon; the trained "
            "networks use 1e-5.",
        ),
    ] = 1e-5
    offset: Annotated[
        float,
        Range(
            "Mean of the feature",
            1.0,
            1e8,
            scale="log",
            help="In standard deviations: the numbers are drawn with a standard deviation of 1.",
        ),
    ] = 1000.0
    spread: Annotated[
        float,
        offered(
            "Spread of pixel scales (decades)",
            SPREADS,
            "Each pixel is multiplied by a power of ten of its own. This is the standard "
            "deviation of the exponents: at 1, a third of the pixels are more than ten times too "
            "large or too small.",
        ),
    ] = 1.0
    brightness: Annotated[
        float,
        offered(
            "Brightness at test time",
            BRIGHTNESSES,
            "Added to every pixel, in standard deviations of a pixel: 1 is about a quarter of "
            "full ink. Training uses 0.",
        ),
    ] = 0.0
    invert: Annotated[
        bool,
        Switch(
            "Invert at test time",
            more=True,
            help="Puts each pixel on the other side of its average. To adapted statistics it is "
            "the same as ink in the place of paper.",
        ),
    ] = False
    seed: Annotated[int, fields.seed("weights, batches, numbers and pixel scales")] = 0

    def __post_init__(self) -> None:
        """Check every field; of those with options only these are measured."""
        check(self)
        check_offered(self)


EPSILONS = decades(1e-8, 1e-1)
"""The values of eps that the control offers."""
