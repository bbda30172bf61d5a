"""The gradient before the first step, without and with batch norm, over the initial scale.

Shape legend: J the two norms (``PAIR``), A initial scales (``SCALES``).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import order_of, spec_of
from bnviz.labs.rates.settings import SCALES


@dataclass(frozen=True, eq=False)
class Gradients:
    """Norms in the first layer at the start, of the first batch, in float64.

    Attributes
    ----------
    gradient : array, shape (J, A)
        Norm of the gradient of the loss.
    weight : array, shape (A,)
        Norm of the weights.
    """

    gradient: Array
    weight: Array

    @property
    def relative(self) -> Array:
        """Gradient norm by weight norm: the relative step at learning rate 1, shape (J, A)."""
        return self.gradient / self.weight


@lru_cache(maxsize=64)
def measure(depth: int, activation: str, seed: int) -> Gradients:
    """Send the first batch forward and back through networks of all scales.

    Parameters
    ----------
    depth : int
    activation : str
    seed : int

    Returns
    -------
    Gradients
    """
    split, (batch_N,) = data.load("digits"), order_of(1, seed)
    x_ND = split.x_train[batch_N].astype(np.float64)
    gradient, weight = np.empty((len(PAIR), len(SCALES))), np.empty(len(SCALES))
    for j, norm in enumerate(PAIR):
        spec = spec_of(norm, depth=depth, activation=activation)
        for a, scale in enumerate(SCALES):
            *hidden, last = mlp_weights(spec.sizes, activation, 1.0, seed)
            weights = [*(scale * w for w in hidden), last]
            parameters = Parameters.start(spec, weights, np.float64)
            done = forward(spec, parameters, x_ND)
            _, dlogits_NK = cross_entropy(done.logits, split.y_train[batch_N])
            back = backward(spec, parameters, done, dlogits_NK)
            gradient[j, a] = np.linalg.norm(back.weights[0])
            weight[a] = np.linalg.norm(weights[0])
    return Gradients(gradient, weight)
