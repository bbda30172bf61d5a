"""What a reader can set in the anatomy of a BN layer."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Choice, Numbers, Range, Switch, check

MOST = 12
"""Values that the reader's own batch may have: as many as can be read one by one."""
LARGEST = 1e6


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One feature of one batch, and what the layer does with it."""

    values: Annotated[
        tuple[float, ...],
        Numbers(
            "Your batch",
            MOST,
            -LARGEST,
            LARGEST,
            help="One value for each sample, of one feature. Click a cell to change it; the last "
            "row adds a sample.",
        ),
    ] = (3.0, 300.0)
    gamma: Annotated[
        float, Range("Scale γ", -3.0, 3.0, step=0.25, help="Multiplies x̂; it is learned.")
    ] = 1.0
    beta: Annotated[
        float, Range("Shift β", -3.0, 3.0, step=0.25, help="Added to γ x̂; it is learned.")
    ] = 0.0
    eps: Annotated[
        float,
        Range(
            "Epsilon", 1e-8, 1e-1, scale="log", help="Added to the variance inside the square root."
        ),
    ] = 1e-5
    divide: Annotated[
        str,
        Choice(
            "Divide by",
            {"std": "√(σ² + ε)", "var": "σ² + ε"},
            help="Batch normalization divides by the square root. Some texts say: by the variance.",
        ),
    ] = "std"
    identity: Annotated[
        bool,
        Switch(
            "Recover the identity",
            help="Takes γ = √(σ² + ε) and β = μ of your batch, in place of the sliders.",
        ),
    ] = False
    momentum: Annotated[
        float,
        Range(
            "Momentum",
            0.01,
            1.0,
            scale="log",
            options=(0.01, 0.03, 0.1, 0.3, 1.0),
            more=True,
            help="Weight of the new batch in the running statistics, as in PyTorch.",
        ),
    ] = 0.1
    size: Annotated[
        int,
        Range(
            "Samples drawn",
            2,
            128,
            scale="log2",
            more=True,
            help="Size of the batch that is drawn for the histograms.",
        ),
    ] = 64
    mean: Annotated[
        float, Range("Mean drawn", -5.0, 5.0, step=0.5, more=True, help="Of the drawn batch.")
    ] = 2.0
    std: Annotated[
        float,
        Range(
            "Std drawn",
            0.01,
            10.0,
            scale="log",
            options=(0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
            more=True,
            help="Standard deviation of the drawn batch.",
        ),
    ] = 3.0
    seed: Annotated[int, fields.seed("the batches")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
