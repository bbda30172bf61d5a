"""What a reader of the demonstrations can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import check, check_offered


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The network that breaks: its batch size, and its seed."""

    batch_size: Annotated[
        int,
        fields.batch_size(
            2,
            128,
            "Images per training step, and per batch where the network is tested in train mode.",
        ),
    ] = 8
    seed: Annotated[int, fields.seed("the weights, the batches and the numbers")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        check_offered(self, "batch_size")
