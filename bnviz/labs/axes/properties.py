"""What each method can do, found out by running it; nothing here is typed in from a book.

The layers of ``bnviz.nn`` are built for the reader's tensor and run on it: with a batch of one,
with other samples beside it, in training and in evaluation.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import functional as F
from bnviz.core import nn
from bnviz.core.array import Array
from bnviz.labs.axes.settings import METHODS, SEQUENCES, Wish
from bnviz.labs.axes.sharing import CHANNELS_FIRST, TURNED, sharing
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


def properties(method: str, wish: Wish) -> Properties:
    """Find out what a method can do with the reader's tensor.

    Parameters
    ----------
    method : str
        "bn", "ln", "gn", "in" or "rms".
    wish : Wish
        Sizes, layout, groups, eps and seed. A batch of one is given a second sample, for there is
        no other way to ask about other samples.

    Returns
    -------
    Properties

    Examples
    --------
    >>> found = properties("ln", Wish())
    >>> found.batch_of_one.yes, found.others.yes, found.foldable.yes
    (True, False, False)
    """
    x = draw(wish, at_least=2)
    try:
        layer = Layer(method, x.shape, wish)
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


def identities(wish: Wish) -> tuple[Identity, ...]:
    """Measure which methods are the same on the reader's tensor.

    Parameters
    ----------
    wish : Wish
        Sizes, layout, eps and seed; its groups are replaced.

    Returns
    -------
    tuple of Identity
        GN(1) against LN, GN(C) against IN, BN of the first sample alone against IN, and RMS
        against LN once the mean of each LN set is taken out of x.

    Examples
    --------
    >>> [identity.difference < 1e-9 for identity in identities(Wish())]
    [True, True, True, True]
    """
    x = draw(wish)
    centred = _centred(x, wish)
    one, per_channel = (Wish(**{**vars(wish), "groups": g}) for g in (1, wish.channels))
    return (
        _compare("GN with G = 1", "LN", _output("gn", x, one), _output("ln", x, wish)),
        _compare("GN with G = C", "IN", _output("gn", x, per_channel), _output("in", x, wish)),
        _compare("BN of one sample", "IN", _output("bn", x[:1], wish), _output("in", x[:1], wish)),
        _compare(
            "RMS of centred x", "LN", _output("rms", centred, wish), _output("ln", centred, wish)
        ),
    )


class Layer:
    """A layer of ``bnviz.nn`` for tensors in the reader's layout, in float64."""

    def __init__(self, method: str, shape: tuple[int, ...], wish: Wish) -> None:
        self.turned = wish.layout == SEQUENCES and method in TURNED
        self.module = self._module(method, shape, wish)
        self.fresh = self.module.state_dict()

    def _module(self, method: str, shape: tuple[int, ...], wish: Wish) -> nn.Module:
        flat, eps, kind = wish.layout == SEQUENCES, wish.eps, np.float64
        last = shape[-1:] if flat else shape[1:]
        match method:
            case "bn":
                batch = nn.BatchNorm1d if flat else nn.BatchNorm2d
                return batch(wish.channels, eps, dtype=kind)
            case "ln":
                return nn.LayerNorm(last, eps, dtype=kind)
            case "gn":
                return nn.GroupNorm(wish.groups, wish.channels, eps, dtype=kind)
            case "in":
                instance = nn.InstanceNorm1d if flat else nn.InstanceNorm2d
                return instance(wish.channels, eps, affine=True, dtype=kind)
            case "rms":
                return nn.RMSNorm(last, eps, dtype=kind)
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")

    def trained(self, x: Array) -> Array:
        """Give the output in training, of the layer as it was made."""
        self.module.train().load_state_dict(self.fresh)
        return self._forward(x)

    def evaluated(self, x: Array) -> Array:
        """Give the output in evaluation, after what was trained last."""
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
    """Tell whether evaluation is affine: f(a + b) + f(0) = f(a) + f(b)."""
    layer.trained(x)
    a, b = x, OTHER - x[::-1]
    f = layer.evaluated
    return _same(f(a + b) + f(0 * a), f(a) + f(b))


def _same(one: Array, other: Array) -> Verdict:
    difference = float(np.abs(one - other).max())
    return Verdict(difference < EQUAL, difference)


def _centred(x: Array, wish: Wish) -> Array:
    """Take out of x the mean of each set of LN."""
    last = (-1,) if wish.layout == SEQUENCES else (-3, -2, -1)
    return x - F.standardize(x, last).mean


def _output(method: str, x: Array, wish: Wish) -> Array | None:
    """Give a method's output, or None if it refuses the tensor."""
    try:
        return sharing(method, x, wish).y
    except ValueError:
        return None


def _compare(one: str, other: str, y: Array | None, z: Array | None) -> Identity:
    verdict = Verdict(None) if y is None or z is None else _same(y, z)
    return Identity(one, other, verdict.difference)
