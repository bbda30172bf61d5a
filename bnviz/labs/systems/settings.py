"""What a reader of the lab on folding and cost can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Range, check, check_offered


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; each view frees its own field."""

    channels: Annotated[
        int, Range("Output channels", 4, 64, scale="log2", help="Of the convolution.")
    ] = 64
    n_batches: Annotated[
        int, Range("Batches seen", 1, 50, help="By the running statistics, before evaluation.")
    ] = 3
    width: Annotated[
        int, Range("Width", 25, 100, step=25, help="Of two hidden layers whose γ and β learn.")
    ] = 50
    seed: Annotated[int, fields.seed("weights and inputs")] = 0

    def __post_init__(self) -> None:
        check(self)
        check_offered(self)
