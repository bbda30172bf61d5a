"""Loss and gradient of one batch at several points of the space of weights at once.

The points lie along the replica axis of ``Parameters``, and one pass goes through all of them.

Shape legend: R points, P parameters, N batch, D inputs, K classes.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import Spec

Array = NDArray[np.floating]


def copies(spec: Spec, parameters: Parameters, n: int) -> Parameters:
    """Lay out the parameters of a network n times along a leading axis.

    Examples
    --------
    >>> spec = Spec(n_inputs=3, width=2, depth=1, n_classes=2)
    >>> copies(spec, Parameters(spec, np.float64), 4).weights[0].shape
    (4, 3, 2)
    """
    new = Parameters(spec, parameters.flat.dtype, (n,))
    for place, values in zip(parts(new), parts(parameters), strict=True):
        place[...] = values
    return new


def parts(parameters: Parameters) -> list[Array]:
    """List the arrays that make up a network, with the leading axis, if any, always in front."""
    *lead, _ = parameters.affine.shape[2:]
    affine = np.moveaxis(parameters.affine, 2, 0) if lead else parameters.affine
    biases = [bias for bias in parameters.biases if bias is not None]
    return [*parameters.weights, *biases, affine]


def lengths(differences: list[Array]) -> Array:
    """Give the length over all parameters at each point, shape (R,), from ``parts``."""
    squares = [np.einsum("rp,rp->r", rows, rows) for rows in map(_rows, differences)]
    lengths_R: Array = np.sqrt(np.sum(squares, 0))
    return lengths_R


def _rows(part: Array) -> Array:
    return part.reshape(len(part), -1)


def loss_and_gradient(
    spec: Spec, parameters: Parameters, x_ND: Array, labels_N: NDArray[np.integer]
) -> tuple[float, Parameters]:
    """Give the loss of one network, in nats, and its gradient."""
    done = forward(spec, parameters, x_ND)
    loss, dlogits_NK = cross_entropy(done.logits, labels_N)
    return loss, backward(spec, parameters, done, dlogits_NK)


def losses_and_gradients(
    spec: Spec, points: Parameters, x_ND: Array, labels_N: NDArray[np.integer]
) -> tuple[Array, Parameters]:
    """Give the loss at each point, shape (R,), in nats, and the gradients, laid out as the points.

    With batch norm each point has the batch statistics that it makes itself.
    """
    done = forward(spec, points, x_ND)
    found = [cross_entropy(logits_NK, labels_N) for logits_NK in done.logits]
    dlogits_RNK = np.stack([dlogits_NK for _, dlogits_NK in found])
    return np.array([loss for loss, _ in found]), backward(spec, points, done, dlogits_RNK)
