"""What a reader of this lab can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.labs.offered import offered
from bnviz.settings import Choice, check, check_offered, decades


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; the first three controls are always in sight."""

    batch_size: Annotated[
        int,
        fields.batch_size(
            2,
            128,
            "Examples per training step, and per batch where the network is tested in train mode.",
        ),
    ] = 4
    momentum: Annotated[
        float | None,
        offered(
            "Momentum",
            decades(0.001, 1.0, (1, 3)),
            "Weight of the newest batch in the running statistics, as in PyTorch: "
            "running = (1 - momentum) * running + momentum * batch. Keras gives this name to "
            "the weight of the old value.",
            scale="log",
            none="cumulative average",
            beside=fields.keras,
        ),
    ] = 0.1
    start: Annotated[
        str,
        Choice(
            "Variance starts at",
            {"one": "1", "zero": "0", "corrected": "corrected"},
            help="The running variance before the first batch. PyTorch and Keras start at 1. "
            "Corrected: from 0, divided by the weight of the batches so far, as Adam does it.",
        ),
    ] = "one"
    variance: Annotated[
        str,
        Choice(
            "Variance that is kept",
            {"unbiased": "unbiased", "biased": "biased"},
            more=True,
            help="Divided by m - 1 (PyTorch, the paper) or by m (Keras 3). The batch itself is "
            "always normalized with the biased one.",
        ),
    ] = "unbiased"
    frozen_after: Annotated[
        int | None,
        offered(
            "Frozen after step",
            (10, 30, 100, 300),
            "From then on batch norm stays in eval mode while the rest goes on training, as "
            "in fine-tuning.",
            none="never",
            more=True,
        ),
    ] = None
    seed: Annotated[int, fields.seed("the initial weights and the batches")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        check_offered(self, "batch_size")
