"""How far the gradient of a layer survives the step of the layers before it.

Santurkar et al. 2018 call the difference gradient internal covariate shift: a layer takes a step
that was computed for a network whose other layers were to stay.

Shape legend: J norms (``NORMS``), T snapshots, L layers of weights (the output layer is the last),
R points (one for each layer), N batch, D inputs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.labs.arm import Pieces
from bnviz.labs.copies import copies
from bnviz.labs.why.points import losses_and_gradients
from bnviz.labs.why.settings import Settings
from bnviz.labs.why.snapshots import NORMS, STEPS, snapshots


@dataclass(frozen=True, eq=False)
class Agreement:
    """Gradients before and after the earlier layers moved; NaN from where a run has diverged.

    Attributes
    ----------
    lr : float
    cosine : array, shape (J, T, L)
        Of the angle between the two gradients of a layer's weights. The first layer has no layers
        before it: 1.
    ratio : array, shape (J, T, L)
        Length of the gradient after, by that before.
    """

    lr: float
    cosine: Array
    ratio: Array

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Return which runs diverged before the last snapshot, shape (J,)."""
        return np.asarray(np.isnan(self.cosine).any((1, 2)))

    @property
    def mean(self) -> Array:
        """Return the mean cosine of all layers but the first, shape (J, T)."""
        return self.cosine[..., 1:].mean(-1)

    def over(self, when: slice) -> Array:
        """Return the mean over some snapshots of the mean cosine, shape (J,); NaN if diverged."""
        return self.mean[:, when].mean(-1)

    def layers(self, when: slice) -> Array:
        """Return the mean cosine of each layer over some snapshots, shape (J, L)."""
        return self.cosine[:, when].mean(1)


def agree(
    spec: Spec, parameters: Parameters, x_ND: Array, labels_N: NDArray[np.integer], lr: float
) -> tuple[Array, Array]:
    """Compare each layer's gradient before and after the earlier layers took their step.

    Returns cosine and ratio, length after by length before, of the gradients of the weights, shape
    (L,) each. The batch is the same before and after, and the parameters are never modified.

    A layer's step moves all its parameters: weights, bias, gamma and beta. The difference of the
    two gradients is Santurkar, Tsipras, Ilyas & Madry 2018, definition 2.1.
    """
    n = spec.depth + 1
    _, gradient = loss_and_gradient(spec, parameters, x_ND, labels_N)
    points = copies(spec, parameters, n)
    for layer in range(n):
        _move_before_others(spec, points, gradient, layer, lr)
    _, after = losses_and_gradients(spec, points, x_ND, labels_N)
    pairs = [
        (gradient.weights[layer].ravel(), after.weights[layer][layer].ravel()) for layer in range(n)
    ]
    before_L, after_L = np.array([[np.linalg.norm(g) for g in pair] for pair in pairs]).T
    inner_L = np.array([one @ other for one, other in pairs])
    return inner_L / (before_L * after_L), after_L / before_L


def _move_before_others(
    spec: Spec, points: Parameters, gradient: Parameters, layer: int, lr: float
) -> None:
    """Move a layer by its step at the points of all later layers, in place."""
    behind = slice(layer + 1, None)
    points.weights[layer][behind] -= lr * gradient.weights[layer]
    bias, dbias = points.biases[layer], gradient.biases[layer]
    if bias is not None and dbias is not None:
        bias[behind] -= lr * dbias
    if spec.norm != "none" and layer < spec.depth:
        points.affine[:, layer, behind] -= lr * gradient.affine[:, layer, None]


def measure(settings: Settings) -> Pieces:
    """Train both networks, and compare the gradients of the coming step at each snapshot."""
    cosine, ratio = np.full((2, len(NORMS), len(STEPS), settings.depth + 1), np.nan)
    for at, snapshot in snapshots(settings):
        with np.errstate(all="ignore"):  # a run may diverge
            cosine[at], ratio[at] = agree(*snapshot, settings.lr)
        yield None
    return Agreement(settings.lr, cosine, ratio)
