"""What a reader of the lab on the place of batch norm can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Range, check, check_offered


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; each view frees its own field."""

    shift: Annotated[
        float,
        Range(
            "Shift of the mean",
            0.0,
            2.0,
            step=0.25,
            help="Of generated samples, in standard deviations.",
        ),
    ] = 0.5
    seed: Annotated[int, fields.seed("weights, batches and samples")] = 0

    def __post_init__(self) -> None:
        check(self)
        check_offered(self)
