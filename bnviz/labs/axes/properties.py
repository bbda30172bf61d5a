"""What each method can do, found out by running it; nothing here is typed in from a book.

The layers of ``bnviz.nn`` are built for the reader's tensor and run on it: with a batch of one,
with other samples beside it, in training and in evaluation.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import functional as F
from bnviz.core import nn
from bnviz.core.array import Array
from bnviz.labs.axes.settings import METHODS, SEQUENCES, Request
from bnviz.labs.axes.sharing import CHANNELS_FIRST, TURNED, Sharing, allowed
from bnviz.labs.axes.tensor import draw

EQUAL = 1e-9
"""Outputs nearer than this are called the same; they are of size 1, in float64."""
OTHER = 5.0
"""What is added to a value to see who notices."""


@dataclass(frozen=True)
class Verdict:
    """One answer, and the largest difference of two outputs on which it rests.

    Attributes
    ----------
    yes : bool or None
        None: the layer refuses what the question needs.
    difference : float
        NaN where it was refused.
    """

    yes: bool | None
    difference: float = float("nan")


@dataclass(frozen=True)
class Properties:
    """What one method can do with the reader's tensor.

    Attributes
    ----------
    method : str
    batch_of_one : Verdict
        Is a sample alone normalized as in its batch? Compared in training.
    modes : Verdict
        Is the output in evaluation the one in training, after one batch?
    others : Verdict
        Does a sample's output change, in training, when the other samples do?
    foldable : Verdict
        Is evaluation one fixed affine map, so that the layer before can take it over?
    n_scales : int or None
        Numbers in gamma.
    """

    method: str
    batch_of_one: Verdict
    modes: Verdict
    others: Verdict
    foldable: Verdict
    n_scales: int | None


@dataclass(frozen=True)
class Identity:
    """Two methods that are said to be the same, and how far apart they are on this tensor.

    Attributes
    ----------
    one, other : str
    difference : float
        Largest difference of their outputs; NaN if one of them refuses the tensor.
    """

    one: str
    other: str
    difference: float


def properties(method: str, asked: Request) -> Properties:
    """Find out what a method can do with the reader's tensor.

    A batch of one is given a second sample, for there is no other way to ask about other samples.

    Examples
    --------
    >>> found = properties("ln", Request())
    >>> found.batch_of_one.yes, found.others.yes, found.foldable.yes
    (True, False, False)
    """
    x = draw(asked, at_least=2)
    try:
        layer = Layer(method, x.shape, asked)
        layer.trained(x)
    except ValueError:
        refused = Verdict(None)
        return Properties(method, refused, refused, refused, refused, None)
    return Properties(
        method=method,
        batch_of_one=_batch_of_one(layer, x),
        modes=_same(layer.trained(x), layer.evaluated(x)),
        others=_others(layer, x),
        foldable=_foldable(layer, x),
        n_scales=layer.module.parameters()["weight"].size,
    )


def identities(asked: Request) -> tuple[Identity, ...]:
    """Measure which methods are the same on the reader's tensor.

    They are GN(1) against LN, GN(C) against IN, BN of the first sample alone against IN, and RMS
    against LN once the mean of each LN set is taken out of x.
    """
    x, flat = draw(asked), asked.layout == SEQUENCES
    centred = x - F.standardize(x, (-1,) if flat else (-3, -2, -1)).mean
    ln = "LN over C" if flat else "LN over (C, H, W)"
    one, per_channel = (Request(**{**vars(asked), "groups": g}) for g in (1, asked.channels))
    return (
        _compare("GN with G = 1", ln, allowed("gn", x, one), allowed("ln", x, asked)),
        _compare("GN with G = C", "IN", allowed("gn", x, per_channel), allowed("in", x, asked)),
        _compare("BN of one sample", "IN", *(allowed(m, x[:1], asked) for m in ("bn", "in"))),
        _compare("RMS of centred x", ln, *(allowed(m, centred, asked) for m in ("rms", "ln"))),
    )


class Layer:
    """A layer of ``bnviz.nn`` for tensors in the reader's layout, in float64."""

    def __init__(self, method: str, shape: tuple[int, ...], asked: Request) -> None:
        self.turned = asked.layout == SEQUENCES and method in TURNED
        self.module = self._module(method, shape, asked)
        self.fresh = self.module.state_dict()

    def _module(self, method: str, shape: tuple[int, ...], asked: Request) -> nn.Module:
        flat, eps, kind = asked.layout == SEQUENCES, asked.eps, np.float64
        last = shape[-1:] if flat else shape[1:]
        match method:
            case "bn":
                batch = nn.BatchNorm1d if flat else nn.BatchNorm2d
                return batch(asked.channels, eps, dtype=kind)
            case "ln":
                return nn.LayerNorm(last, eps, dtype=kind)
            case "gn":
                return nn.GroupNorm(asked.groups, asked.channels, eps, dtype=kind)
            case "in":
                instance = nn.InstanceNorm1d if flat else nn.InstanceNorm2d
                return instance(asked.channels, eps, affine=True, dtype=kind)
            case "rms":
                return nn.RMSNorm(last, eps, dtype=kind)
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")

    def trained(self, x: Array) -> Array:
        """Return the output in training, of the layer as it was made."""
        self.module.train().load_state_dict(self.fresh)
        return self._forward(x)

    def evaluated(self, x: Array) -> Array:
        """Return the output in evaluation, after what was trained last."""
        self.module.eval()
        return self._forward(x)

    def _forward(self, x: Array) -> Array:
        if not self.turned:
            return self.module(x)
        return self.module(x.transpose(CHANNELS_FIRST)).transpose(CHANNELS_FIRST)


def _batch_of_one(layer: Layer, x: Array) -> Verdict:
    """Compare the first sample alone with the first sample in its batch."""
    in_batch = layer.trained(x)[:1]
    try:
        alone = layer.trained(x[:1])
    except ValueError:
        return Verdict(None)
    return _same(alone, in_batch)


def _others(layer: Layer, x: Array) -> Verdict:
    """Move all samples but the first, and see whether the first one's output moves."""
    before = layer.trained(x)[0]
    moved = x.copy()
    moved[1:] = OTHER - 2 * moved[1:]
    same = _same(before, layer.trained(moved)[0])
    return Verdict(not same.yes, same.difference)


def _foldable(layer: Layer, x: Array) -> Verdict:
    """Check whether evaluation is affine: f(a + b) + f(0) = f(a) + f(b)."""
    layer.trained(x)
    a, b = x, OTHER - x[::-1]
    f = layer.evaluated
    return _same(f(a + b) + f(0 * a), f(a) + f(b))


def _same(one: Array, other: Array) -> Verdict:
    difference = float(np.abs(one - other).max())
    return Verdict(difference < EQUAL, difference)


def _compare(one: str, other: str, a: Sharing | None, b: Sharing | None) -> Identity:
    verdict = Verdict(None) if a is None or b is None else _same(a.y, b.y)
    return Identity(one, other, verdict.difference)
