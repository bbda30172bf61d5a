"""Loss and gradient of one batch at several points of the space of weights at once.

The points are `bnviz.labs.copies`, and one pass goes through all of them.

Shape legend: R points, N batch, D inputs, K classes.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import Spec


def lengths(differences: list[Array]) -> Array:
    """Return the length over all parameters at each point, shape (R,), from ``parts``."""
    rows = [part.reshape(len(part), -1) for part in differences]
    return np.sqrt(np.sum([np.einsum("rp,rp->r", row, row) for row in rows], 0))


def losses_and_gradients(
    spec: Spec, points: Parameters, x_ND: Array, labels_N: NDArray[np.integer]
) -> tuple[Array, Parameters]:
    """Return the loss at each point, shape (R,), in nats, and the gradients, laid out alike.

    With batch norm each point has the batch statistics that it makes itself.
    """
    done = forward(spec, points, x_ND)
    found = [cross_entropy(logits_NK, labels_N) for logits_NK in done.logits]
    dlogits_RNK = np.stack([dlogits_NK for _, dlogits_NK in found])
    return np.array([loss for loss, _ in found]), backward(spec, points, done, dlogits_RNK)
