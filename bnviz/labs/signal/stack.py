"""A stack of layers of one width, forward and backward, with or without skip connections.

Shape legend: N batch, D inputs, C width, L layers. Any leading axes are allowed, so that several
sizes of the weights go through at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bnviz.core import functional as F
from bnviz.core.activations import activate, slope

Array = NDArray[np.floating]
ROWS = (-2,)
"""The axis of the examples: BN's statistics are taken over it."""


@dataclass(frozen=True, eq=False)
class Stack:
    """Layers without biases, gamma 1 and beta 0: a network as it starts.

    Parameters
    ----------
    weights : sequence of arrays, shapes (D, C), then (C, C)
    activation : {"relu", "tanh", "sigmoid"}
    bn : bool
        Whether each layer has batch normalization, in training mode, before its activation.
    skip : bool
        Without: ``h = act(BN(h W))``. With: the first weights start a stream, and each later
        layer, a block, adds to it: ``h = h + act(BN(h)) W`` (He et al. 2016).
    gain : float or array that broadcasts against (N, C)
        Multiplies all weights.
    eps : float
    """

    weights: Sequence[Array]
    activation: str
    bn: bool
    skip: bool = False
    gain: float | Array = 1.0
    eps: float = 1e-5


@dataclass(eq=False)
class Passed:
    """What a forward pass leaves behind, an entry for each layer.

    Attributes
    ----------
    read : arrays
        What the weights multiplied.
    entered, activated : arrays, shape (N, C)
        Before and after the activation; with skips the first layer has none, and repeats ``out``.
    out : arrays, shape (N, C)
        What the layer hands on.
    statistics : list of Standardized, or of None without BN
    """

    read: list[Array] = field(default_factory=list)
    entered: list[Array] = field(default_factory=list)
    activated: list[Array] = field(default_factory=list)
    out: list[Array] = field(default_factory=list)
    statistics: list[F.Standardized | None] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Gradients:
    """Norms of the gradients, the layer as the last axis.

    Attributes
    ----------
    weights : array, shape (L,)
        Frobenius norm of the gradient of each layer's weights; NaN if it was not asked for.
    signal : array, shape (L,)
        Of the gradient where the weights' product arrives: before BN, or in the stream.
    """

    weights: Array
    signal: Array


def forward(stack: Stack, x_ND: Array) -> Passed:
    """Return what a batch leaves behind on its way through.

    Examples
    --------
    >>> stack = Stack([np.eye(2), np.eye(2)], "relu", bn=True)
    >>> forward(stack, np.array([[1.0, 5.0], [3.0, 1.0]])).out[-1].round(2)
    array([[0., 1.],
           [1., 0.]])
    """
    done, h = Passed(), x_ND
    for layer, weight in enumerate(stack.weights):
        if not stack.skip:
            u, statistics = _normalize(stack, h @ weight * stack.gain)
            read, a = h, activate(stack.activation, u)
            h = a
        elif layer == 0:
            read, statistics = h, None
            h = u = a = h @ weight * stack.gain
        else:
            u, statistics = _normalize(stack, h)
            read = a = activate(stack.activation, u)
            h = h + a @ weight * stack.gain
        done.read.append(read)
        done.entered.append(u)
        done.activated.append(a)
        done.out.append(h)
        done.statistics.append(statistics)
    return done


def backward(stack: Stack, done: Passed, dh_NC: Array, *, weights: bool = True) -> Gradients:
    """Return the norms of the gradient at each layer, from that of the last output.

    Those of the weights are left out where ``weights`` is false.
    """
    weights_L, signal_L = [], []
    for layer in reversed(range(len(stack.weights))):
        weight = stack.weights[layer]
        dz = dh_NC if stack.skip else _activation_backward(stack, done, layer, dh_NC)
        signal_L.append(size(dz))
        if weights:
            weights_L.append(size(done.read[layer].swapaxes(-1, -2) @ dz * stack.gain))
        if layer == 0:
            break
        dread = dz @ weight.T * stack.gain
        if stack.skip:
            dread = dh_NC + _activation_backward(stack, done, layer, dread)
        dh_NC = dread
    signal = np.stack(signal_L[::-1], axis=-1)
    none = np.full_like(signal, np.nan)
    return Gradients(np.stack(weights_L[::-1], -1) if weights else none, signal)


def _normalize(stack: Stack, z_NC: Array) -> tuple[Array, F.Standardized | None]:
    if not stack.bn:
        return z_NC, None
    statistics = F.standardize(z_NC, ROWS, stack.eps)
    return statistics.x_hat, statistics


def _activation_backward(stack: Stack, done: Passed, layer: int, da_NC: Array) -> Array:
    """Return the gradient before the activation, and before BN if there is one."""
    du: Array = da_NC * slope(stack.activation, done.activated[layer])
    statistics = done.statistics[layer]
    if statistics is None:
        return du
    dz, _, _ = F.standardize_backward(du, statistics.x_hat, statistics.inv_std, ROWS)
    return dz


def size(x_NC: Array) -> Array:
    """Return the Euclidean norm of all values of a batch, for each leading index."""
    return np.sqrt((x_NC * x_NC).sum((-2, -1)))
