"""What a reader of the comparison can set, and what goes together."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from bnviz.core.stats.running import weight_of_new_batch
from bnviz.labs import fields, misfit
from bnviz.labs.misfit import Misfit
from bnviz.settings import Choice, Range, check, number_text

LAYERS = {
    "bn1d": "BatchNorm1d",
    "bn2d": "BatchNorm2d",
    "bn3d": "BatchNorm3d",
    "ln": "LayerNorm",
    "gn": "GroupNorm",
    "in": "InstanceNorm2d",
    "rms": "RMSNorm",
}
BATCH_NORMS = ("bn1d", "bn2d", "bn3d")
_SPACE_AXES = {"bn1d": 1, "bn2d": 2, "bn3d": 3, "gn": 2, "in": 2}


def other_convention(momentum: float) -> str:
    """Return what the other libraries call this momentum."""
    return f"1 − m = {number_text(round(1 - momentum, 6))}"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the controls and a link can say: each value is possible, though perhaps not together."""

    layer: Annotated[str, Choice("Layer", LAYERS, help="Named as in torch.nn.")] = "bn2d"
    batch_size: Annotated[int, fields.batch_size(1, 32, "Examples in the batch, N.")] = 8
    channels: Annotated[
        int,
        Range(
            "Channels",
            1,
            16,
            scale="log2",
            help="C; for LayerNorm and RMSNorm the features, which share one statistic.",
        ),
    ] = 4
    space: Annotated[
        int,
        Range(
            "Side",
            1,
            8,
            scale="log2",
            help="Length, or height and width (and depth), of each example. "
            "1 gives BatchNorm1d, LayerNorm and RMSNorm a plain table.",
        ),
    ] = 4
    dtype: Annotated[
        str,
        Choice(
            "Precision",
            {"float32": "float32", "float64": "float64"},
            help="float32 has about 7 digits, float64 about 16.",
        ),
    ] = "float64"
    mode: Annotated[
        str,
        Choice(
            "Mode",
            {"train": "train", "eval": "eval"},
            help="Only batch normalization is another function in evaluation.",
        ),
    ] = "train"
    momentum: Annotated[
        float,
        Range(
            "Momentum",
            0.01,
            0.99,
            options=(0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99),
            beside=other_convention,
            help="PyTorch: weight of the new batch. Keras: weight of the old value.",
        ),
    ] = 0.1
    convention: Annotated[
        str,
        Choice(
            "Momentum as in",
            {"pytorch": "PyTorch", "keras": "Keras"},
            help="How this project reads momentum. PyTorch keeps its own reading.",
        ),
    ] = "pytorch"
    variance: Annotated[
        str,
        Choice(
            "Running variance",
            {"unbiased": "unbiased", "biased": "biased"},
            help="Unbiased, divided by n − 1: PyTorch, the paper. Biased, divided by n: Keras 3.",
        ),
    ] = "unbiased"
    groups: Annotated[
        int,
        Range("Groups", 1, 16, scale="log2", more=True, help="Of channels; for GroupNorm only."),
    ] = 2
    eps: Annotated[float, fields.epsilon(more=True)] = 1e-5
    offset: Annotated[
        float,
        Range(
            "Mean of the input",
            0,
            1000.0,
            options=(0, 1, 10, 100, 1000),
            more=True,
            help="The standard deviation is about 1. A large mean costs digits, here and there.",
        ),
    ] = 1.0
    seed: Annotated[int, fields.seed("all arrays")] = 0

    def __post_init__(self) -> None:
        check(self)

    @property
    def training(self) -> bool:
        """Whether batch norm takes its statistics from the batch."""
        return self.mode == "train"

    @property
    def tracks(self) -> bool:
        """Whether the layer keeps running statistics, as it is built by default."""
        return self.layer in BATCH_NORMS

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the input; LayerNorm and RMSNorm normalize its last axis, the features."""
        n, c, side = self.batch_size, self.channels, self.space
        if self.layer in ("ln", "rms"):
            return (n, c) if side == 1 else (n, side, c)
        if self.layer == "bn1d" and side == 1:
            return (n, c)
        return (n, c, *[side] * _SPACE_AXES[self.layer])

    @property
    def n_values(self) -> int:
        """How many values share one mean and one variance."""
        pixels: int = self.space ** _SPACE_AXES.get(self.layer, 1)
        if self.layer in BATCH_NORMS:
            return self.batch_size * pixels
        if self.layer in ("ln", "rms"):
            return self.channels
        return pixels * (self.channels // self.groups if self.layer == "gn" else 1)

    @property
    def weight(self) -> float:
        """Weight of the new batch in the running statistics, under the chosen convention."""
        return weight_of_new_batch(self.momentum, self.convention)


@dataclass(frozen=True, kw_only=True)
class Settings(Request):
    """A layer, its input, and the conventions of its running statistics.

    It is a ValueError if the groups do not divide the channels, or a mean and a variance would be
    taken of one value. That is refused in evaluation too, where batch norm takes no statistics, so
    that the mode can be switched without changing the input.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        misfit.refuse(_misfits(self))


def fit(asked: Request) -> tuple[Settings, list[str]]:
    """Return the settings nearest to a request, and a note for each value that was changed.

    The groups fall to the number of channels, and what is too small for a variance becomes 2: the
    side, or the features of LayerNorm.

    Examples
    --------
    >>> settings, notes = fit(Request(layer="gn", channels=2, groups=8))
    >>> settings.groups, notes
    (2, ['GroupNorm cannot make 8 groups of 2 channels; Groups = 2 is used'])
    """
    return misfit.fit(asked, _misfits, Settings)


def _misfits(asked: Request) -> Iterator[Misfit]:
    """Yield what does not go together, the groups first."""
    layer = LAYERS[asked.layer]
    if asked.layer == "gn" and asked.channels % asked.groups:
        channels = "1 channel" if asked.channels == 1 else f"{asked.channels} channels"
        why = f"{layer} cannot make {asked.groups} groups of {channels}"
        yield Misfit("groups", asked.channels, why)
    elif asked.n_values < 2 and asked.layer != "rms":  # the mean square of one value is one
        shape = " × ".join(map(str, asked.shape))
        why = f"{layer} needs more than 1 value for a mean and a variance, not {shape}"
        yield Misfit("channels" if asked.layer == "ln" else "space", 2, why)
