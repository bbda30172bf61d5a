"""The gradient before the first step, without and with batch norm, over the initial scale.

Shape legend: J the two norms (``PAIR``), A initial scales (``SCALES``).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import order_of, spec_of
from bnviz.labs.rates.settings import SCALES, Settings


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


def measure(settings: Settings) -> Gradients:
    """Measure the gradient of the first batch in networks of all scales."""
    activation, seed = settings.activation, settings.seed
    split, (batch_N,) = data.load("digits"), order_of(1, seed)
    x_ND, labels_N = split.x_train[batch_N].astype(np.float64), split.y_train[batch_N]
    gradient, weight = np.empty((len(PAIR), len(SCALES))), np.empty(len(SCALES))
    for j, norm in enumerate(PAIR):
        spec = spec_of(norm, depth=settings.depth, activation=activation)
        *hidden, last = mlp_weights(spec.sizes, activation, 1.0, seed)
        for a, scale in enumerate(SCALES):
            parameters = Parameters.start(spec, [*(scale * w for w in hidden), last], np.float64)
            gradient[j, a] = np.linalg.norm(first_gradient(spec, parameters, x_ND, labels_N))
            weight[a] = np.linalg.norm(scale * hidden[0])
    return Gradients(gradient, weight)


def first_gradient(
    spec: Spec, parameters: Parameters, x_ND: Array, labels_N: NDArray[np.integer]
) -> Array:
    """Return the gradient of the loss of a batch with respect to the first weights."""
    _, gradient = loss_and_gradient(spec, parameters, x_ND, labels_N)
    return gradient.weights[0]
