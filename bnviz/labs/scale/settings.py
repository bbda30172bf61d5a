"""What a reader can set in the lab on scale invariance."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Range, check, check_offered

SCALES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
DECAYS = (0.0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A network whose hidden weights are multiplied by one number."""

    scale: Annotated[
        float,
        Range(
            "Weight scale a",
            0.001,
            100.0,
            scale="log",
            options=SCALES,
            help="Multiplies the weights of the hidden layers. 1 is He's scale.",
        ),
    ] = 10.0
    lr: Annotated[
        float,
        fields.learning_rate(
            RATES, "Of plain SGD. Weights, γ, β and the last layer learn with it."
        ),
    ] = 1.0
    weight_decay: Annotated[
        float,
        Range(
            "Weight decay",
            0.0,
            0.02,
            options=DECAYS,
            help="Shrinks the hidden weights by this share, times the learning rate, each step. "
            "For the view Weight decay.",
        ),
    ] = 0.02
    eps: Annotated[
        float,
        fields.epsilon(
            words="Added to the variance inside the square root: where the invariance ends."
        ),
    ] = 1e-5
    batch_size: Annotated[int, fields.batch_size(16, 128, "Images of each step.", more=True)] = 32
    seed: Annotated[int, fields.seed("the weights, the batches and the labels")] = 0

    def __post_init__(self) -> None:
        check(self)
        check_offered(self, "scale")
