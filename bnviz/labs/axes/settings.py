"""What a reader of the axes explorer can set, and what goes together.

Letters: **N** samples, **C** channels (features), **H W** space, **T** positions of a sequence,
**G** groups. All indices count from 0, as in the code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields, misfit
from bnviz.labs.misfit import Misfit
from bnviz.settings import Choice, Range, check

METHODS = {"bn": "BN", "ln": "LN", "gn": "GN", "in": "IN", "rms": "RMS"}
IMAGES, SEQUENCES = "nchw", "ntc"
LARGEST = 6
"""Cells along one axis, at most; the whole tensor then has 1296."""
CELL = "Index of the chosen cell, counted from 0. A click on a cell of the picture sets it too."


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the controls and a link can say: each value is possible, though perhaps not together."""

    method: Annotated[
        str,
        Choice(
            "Method",
            METHODS,
            help="Batch, layer, group, instance and root-mean-square normalization.",
        ),
    ] = "bn"
    layout: Annotated[
        str,
        Choice(
            "Tensor",
            {IMAGES: "images", SEQUENCES: "sequences"},
            help="Images: N × C × H × W, channels first. Sequences: N × T × C, channels last, as "
            "in transformers.",
        ),
    ] = IMAGES
    samples: Annotated[int, Range("Samples N", 1, LARGEST, help="Size of the batch.")] = 3
    channels: Annotated[int, Range("Channels C", 1, LARGEST, help="Also called features.")] = 4
    height: Annotated[int, Range("Height H", 1, LARGEST, help="Of images; not of sequences.")] = 2
    width: Annotated[
        int, Range("Width W or T", 1, LARGEST, help="Width of an image, or length T of a sequence.")
    ] = 3
    groups: Annotated[
        int, Range("Groups G", 1, LARGEST, help="Of group normalization; must divide C.")
    ] = 2
    at_sample: Annotated[int, Range("Cell n", 0, LARGEST - 1, more=True, help=CELL)] = 1
    at_channel: Annotated[int, Range("Cell c", 0, LARGEST - 1, more=True, help=CELL)] = 2
    at_row: Annotated[int, Range("Cell h", 0, LARGEST - 1, more=True, help=CELL)] = 0
    at_column: Annotated[int, Range("Cell w or t", 0, LARGEST - 1, more=True, help=CELL)] = 1
    eps: Annotated[float, fields.epsilon(1.0, more=True)] = 1e-5
    seed: Annotated[int, fields.seed("the numbers")] = 0

    def __post_init__(self) -> None:
        check(self)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the tensor, in its own layout."""
        if self.layout == SEQUENCES:
            return self.samples, self.width, self.channels
        return self.samples, self.channels, self.height, self.width

    @property
    def letters(self) -> str:
        """One letter for each axis of the tensor."""
        return "NTC" if self.layout == SEQUENCES else "NCHW"

    @property
    def places(self) -> tuple[str, ...]:
        """Names of the fields that choose the cell, in the order of the axes."""
        if self.layout == SEQUENCES:
            return "at_sample", "at_column", "at_channel"
        return "at_sample", "at_channel", "at_row", "at_column"

    @property
    def cell(self) -> tuple[int, ...]:
        """Index of the chosen cell."""
        return tuple(getattr(self, name) for name in self.places)


@dataclass(frozen=True, kw_only=True)
class Settings(Request):
    """What the axes explorer computes: all values go together.

    It is a ValueError if G does not divide C, the method would have one value per statistic where
    the code refuses that, or the chosen cell lies outside the tensor.

    Examples
    --------
    >>> Settings(channels=6, groups=4)
    Traceback (most recent call last):
    ValueError: groups must divide the 6 channels, got 4
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        misfit.refuse(_misfits(self))


def fit(asked: Request) -> tuple[Settings, list[str]]:
    """Return the settings nearest to a request, and a note for each value that was changed.

    Examples
    --------
    >>> settings, notes = fit(Request(channels=6, groups=4))
    >>> settings.groups, notes
    (3, ['Groups G must divide the 6 channels, got 4; Groups G = 3 is used'])
    """
    return misfit.fit(asked, _misfits, Settings)


def divisors(n: int) -> list[int]:
    """Return the whole numbers that divide n, ascending."""
    return [k for k in range(1, n + 1) if n % k == 0]


def _misfits(asked: Request) -> Iterator[Misfit]:
    """Yield what does not go together, the groups first."""
    if asked.channels % asked.groups:
        near = min(divisors(asked.channels), key=lambda k: abs(k - asked.groups))
        why = f"groups must divide the {asked.channels} channels, got {asked.groups}"
        yield Misfit("groups", near, why)
        return
    yield from _lonely(asked)
    for name, size, letter in zip(asked.places, asked.shape, asked.letters, strict=True):
        if getattr(asked, name) >= size:
            why = f"{name} must be below {letter} = {size}, got {getattr(asked, name)}"
            yield Misfit(name, size - 1, why)


def _lonely(asked: Request) -> Iterator[Misfit]:
    """Yield what gives a statistic of one value, where the code refuses it."""
    space = asked.width * (asked.height if asked.layout == IMAGES else 1)
    needs = f"{asked.method.upper()} needs more than 1 value per statistic"
    if asked.method == "bn" and asked.samples * space == 1:
        yield Misfit("samples", 2, f"{needs}, got N = 1 and one position")
    if asked.method == "in" and space == 1:
        yield Misfit("width", 2, f"{needs}, got one position")
    if asked.method == "gn" and asked.channels // asked.groups * space == 1:
        why = f"{needs}, got G = {asked.groups} for C = {asked.channels} and one position"
        fewer = divisors(asked.channels)[-2:-1]
        yield Misfit("groups", fewer[0], why) if fewer else Misfit("width", 2, why)
