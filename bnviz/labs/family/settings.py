"""What a reader of the lab on the normalization family can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.labs.offered import offered
from bnviz.settings import Choice, Range, check, check_offered

SIZES = (2, 4, 8, 16, 32, 64, 128)
"""Batch sizes that are recorded, and offered."""
CLASSES = (1, 2, 5, 10)
"""Classes in a batch that are recorded, and offered."""
NORMS = {
    "none": "no norm",
    "bn": "BN",
    "ln": "layer norm",
    "gn": "group norm",
    "renorm": "renormalization",
    "ghost": "ghost BN",
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; each view frees its own."""

    batch_size: Annotated[int, fields.batch_size(2, 128, "Digits in each training step.")] = 2
    norm: Annotated[
        str,
        Choice("Norm trained live", NORMS, help="The network that is trained now, for one start."),
    ] = "bn"
    classes: Annotated[
        int,
        offered(
            "Classes in a batch",
            CLASSES,
            "Each training batch draws its digits from so many classes. 10 is the usual case.",
        ),
    ] = 1
    r_max: Annotated[
        float,
        offered(
            "Limit of the scale, r_max",
            (1.0, 2.0, 3.0, 5.0, 10.0),
            "Renormalization may multiply by r, from 1/r_max to r_max. With 1 it may not.",
        ),
    ] = 3.0
    d_max: Annotated[
        float,
        offered(
            "Limit of the shift, d_max",
            (0.0, 1.0, 2.0, 5.0, 10.0),
            "Renormalization may add d, from −d_max to d_max. With 0 it may not.",
        ),
    ] = 5.0
    momentum: Annotated[
        float,
        offered(
            "Running momentum",
            (0.01, 0.02, 0.05, 0.1),
            "Weight of the newest batch in the running statistics, as in PyTorch.",
        ),
    ] = 0.1
    strength: Annotated[
        float,
        Range(
            "Strength of the style",
            0.0,
            1.0,
            step=0.1,
            help="0 leaves the picture as it is, 1 gives it the means and deviations of the other.",
        ),
    ] = 1.0
    contrast: Annotated[
        float,
        offered(
            "Contrast of the picture",
            (0.2, 0.5, 1.0, 2.0, 3.0),
            "Each value is multiplied by this; if it is not 1, then 2 is added.",
        ),
    ] = 3.0
    seed: Annotated[int, fields.seed("weights, batches, numbers and pictures")] = 0

    def __post_init__(self) -> None:
        """Check every field; of those with options only these are offered."""
        check(self)
        check_offered(self)
