"""Growth of signals and gradients with depth, at initialization and for wide layers.

With batch norm the scale of the weights does not count, but the batch size does. Without it the
scale of the weights is all that counts.
"""

import math
from typing import Final

from bnviz.core.domain import require, require_count

# Of relu(x) where x is standard normal, as it is after batch norm with gamma 1 and beta 0.
RELU_MEAN: Final = 1 / math.sqrt(2 * math.pi)
RELU_VAR: Final = (math.pi - 1) / (2 * math.pi)


def squared_gradient_growth(batch_size: float, activation: str = "relu") -> float:
    """Return the factor by which the squared gradient norm grows per layer with batch norm.

    Parameters
    ----------
    batch_size : int or math.inf
        B, 4 or more: below that the mean of ``1 / var``, and with it the growth, is infinite.
        Infinity gives the limit, pi / (pi - 1) = 1.467 for ReLU and 1 for linear.
    activation : {"relu", "linear"}
        A layer is a linear map, batch norm and this activation.

    Returns
    -------
    float
        Squared norm of the gradient at a layer over that at the layer above it, without unit: the
        gradient grows on its way **towards the input**. The root of it is the factor for the norm,
        1.211 in the limit for ReLU.

    Notes
    -----
    What surprises people: batch norm makes gradients *explode* in deep networks without skip
    connections, small batches more than large ones, and no choice of the weight scale helps.

    How sure: proved for infinite width, at initialization (independent zero-mean weights, gamma 1,
    beta 0, eps 0), with a random gradient from above that does not depend on the forward pass.
    Measured at width 256 within 1 percent from B = 8 to 64. The width must be well above B.
    At B = 4 the squared norm has such heavy tails that no practical number of runs shows its mean.

    Source: Yang et al. 2019, Theorem 8. It also follows in a few lines. Over the batch, a gradient
    has covariance r (I - 11'/B). Where it comes back to ReLU and batch norm, three things happen:

    * ReLU and the two projections of the backward pass leave (B - 1)(B - 2 + J + J') / 2B of its
      r (B - 1), with J and J' as in the code.
    * The pre-activations are normal with variance s (1 - J) / 2 around their batch mean, s being
      the summed variance of the weights. So the mean of 1 / var is 2B / ((B - 3) s (1 - J)).
    * The weights below multiply by s, which cancels.

    Examples
    --------
    >>> [round(squared_gradient_growth(b), 3) for b in (8, 32, math.inf)]
    [1.788, 1.522, 1.467]
    >>> round(math.sqrt(squared_gradient_growth(math.inf)), 4)  # of the norm
    1.2112
    >>> squared_gradient_growth(8, "linear")
    1.2
    """
    require(activation in ("relu", "linear"), "activation", "'relu' or 'linear'", repr(activation))
    if batch_size != math.inf:
        require_count("batch_size", batch_size, least=4)
    relu = activation == "relu"
    if batch_size == math.inf:
        return math.pi / (math.pi - 1) if relu else 1.0
    if not relu:
        return (batch_size - 2) / (batch_size - 3)
    correlation = -1 / (batch_size - 1)  # of two standardized values of one batch
    j, dj = _relu_kernel(correlation)
    return ((batch_size - 1 + dj) / (1 - j) - 1) / (batch_size - 3)


def _relu_kernel(c: float) -> tuple[float, float]:
    """Return J(c) and its derivative: 2 E[relu(u) relu(v)] for normals of correlation c."""
    angle = math.pi - math.acos(c)
    return (math.sqrt(1 - c * c) + angle * c) / math.pi, angle / math.pi
