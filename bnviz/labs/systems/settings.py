"""What a reader of the lab on real systems can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.settings import Range, check


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; the later views free their own field."""

    channels: Annotated[
        int, Range("Output channels", 4, 64, scale="log2", help="Of the convolution.")
    ] = 64
    n_batches: Annotated[
        int, Range("Batches seen", 1, 50, help="By the running statistics, before evaluation.")
    ] = 3
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
    seed: Annotated[int, Range("Seed", 0, 99, more=True, help="Draws weights and inputs.")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
