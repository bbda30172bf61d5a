"""One network with BN and one without, layer by layer: the signal and its gradient.

Shape legend: N batch, D pixels, C width, L layers, U units shown, 2 digits.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.labs.arm import Pieces
from bnviz.labs.signal.examples import PAIR, draw
from bnviz.labs.signal.growth import expected
from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.stack import Array, Passed, Stack, backward, forward

N_SHOWN = 64
"""Units whose values are kept."""
N_CLASSES = 10


@dataclass(frozen=True, eq=False)
class Layers:
    """What one network does, an entry for each layer.

    Attributes
    ----------
    entered : array, shape (L,)
        Standard deviation of all values that enter the activation.
    spread : array, shape (L,)
        Standard deviation between samples of what the layer hands on: its root mean square over
        the units.
    size : array, shape (L,)
        Root mean square of what the layer hands on.
    apart : array, shape (L,)
        Distance of the two digits over their own size: 0 is the same, the root of 2 unrelated.
    pair : array, shape (L, 2, U)
        The two digits' values, over the root mean square of both.
    gradient : array, shape (L,)
        Norm of the gradient of the layer's weights, of the cross-entropy.
    """

    entered: Array
    spread: Array
    size: Array
    apart: Array
    pair: Array
    gradient: Array


@dataclass(frozen=True, eq=False)
class Networks:
    """Both networks: the same weights, the same digits, float64.

    Attributes
    ----------
    bn, none : Layers
    closed_form : array, shape (L,), or None
        What the gradient with BN would be by the closed form, from that of the last layer on;
        None where it does not hold.
    growth : float
        Of that form, for each layer on the way down.
    """

    bn: Layers
    none: Layers
    closed_form: Array | None
    growth: float


def measure(settings: Settings) -> Pieces:
    """Measure a batch of digits in both networks, and its gradient: `Networks`."""
    x_ND, labels_N = draw(np.random.default_rng([settings.seed, 2]), settings.batch_size)
    sizes = (x_ND.shape[1], *(settings.width,) * settings.depth, N_CLASSES)
    *weights, last = mlp_weights(sizes, settings.activation, 1.0, settings.seed)
    gain = settings.init_scale
    found = {}
    for bn in (True, False):
        yield None
        stack = Stack(weights, settings.activation, bn, settings.skips, gain)
        done = forward(stack, x_ND)
        yield None
        _, dlogits_NK = cross_entropy(done.out[-1] @ last * gain, labels_N)
        gradients = backward(stack, done, dlogits_NK @ last.T * gain)
        found[bn] = _layers(done, gradients.weights)
    form, growth = None, expected(settings.batch_size)
    if settings.activation == "relu" and not settings.skips:
        form = found[True].gradient[-1] * growth ** np.arange(settings.depth - 1.0, -1, -1)
    return Networks(found[True], found[False], form, growth)


def distance(out_NC: Array) -> Array:
    """Return how far apart the first two examples are, over the root mean square of both.

    ``out_NC`` is what a layer hands on; a leading axis may hold several layers.
    """
    pair_2C = out_NC[..., : len(PAIR), :]
    rms = np.sqrt((pair_2C**2).mean((-2, -1)))
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.sqrt(((pair_2C[..., 0, :] - pair_2C[..., 1, :]) ** 2).mean(-1))
        return np.asarray(gap / rms)


def _layers(done: Passed, gradient_L: Array) -> Layers:
    """Return what a forward pass left behind, layer by layer."""
    out_LNC = np.stack(done.out)
    pair_L2C = out_LNC[:, : len(PAIR)]
    rms_L = np.sqrt((pair_L2C**2).mean((1, 2)))
    with np.errstate(invalid="ignore", divide="ignore"):
        shown_L2U = pair_L2C[..., :N_SHOWN] / rms_L[:, None, None]
    return Layers(
        entered=np.array([u.std() for u in done.entered]),
        spread=np.sqrt(out_LNC.var(1).mean(1)),
        size=np.sqrt((out_LNC**2).mean((1, 2))),
        apart=distance(out_LNC),
        pair=shown_L2U,
        gradient=gradient_L,
    )
