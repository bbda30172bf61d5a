"""What a reader of the lab on sequences can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Range, check, check_offered


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; each view frees its own field."""

    spread: Annotated[
        float,
        Range(
            "Spread of scales",
            0.0,
            1.0,
            options=(0.0, 0.25, 0.5, 0.75, 1.0),
            help="Of the logarithm of a random scale.",
        ),
    ] = 1.0
    padding: Annotated[
        float,
        Range(
            "Padding",
            0.0,
            0.75,
            options=(0.0, 0.25, 0.5, 0.75),
            help="Share of positions that are 0.",
        ),
    ] = 0.5
    strength: Annotated[
        float,
        Range(
            "Strength of the input",
            0.1,
            2.0,
            options=(0.1, 0.2, 0.5, 1.0, 2.0),
            help="Its term in a recurrence, beside that of the past.",
        ),
    ] = 1.0
    gamma_start: Annotated[
        float, Range("Initial γ", 0.1, 1.0, step=0.1, help="Of the recurrent network.")
    ] = 0.1
    seed: Annotated[int, fields.seed("weights and inputs")] = 0

    def __post_init__(self) -> None:
        check(self)
        check_offered(self)
