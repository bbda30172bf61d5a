"""Initial weights: scales that keep a signal alive through many layers.

A layer with ``fan_in`` inputs adds that many terms, so its output would grow with the square root
of ``fan_in`` if the weights did not shrink with it. Weights are float64, stored (fan_in, fan_out).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Weight = npt.NDArray[np.float64]


def he_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weight:
    """Draw weights of variance ``2 / fan_in``, which suit ReLU.

    Notes
    -----
    ReLU halves the second moment of what comes in; the 2 makes up for it. PyTorch's
    ``kaiming_normal_`` does the same. Source: He et al. 2015, equation 10.

    Examples
    --------
    >>> weight = he_normal(np.random.default_rng(0), fan_in=200, fan_out=300)
    >>> round(float(weight.std()), 2)
    0.1
    """
    _check_sizes((fan_in, fan_out))
    return rng.normal(0.0, math.sqrt(2 / fan_in), (fan_in, fan_out))


def xavier_normal(rng: np.random.Generator, fan_in: int, fan_out: int) -> Weight:
    """Draw weights of variance ``2 / (fan_in + fan_out)``, which suit tanh.

    Notes
    -----
    A compromise: ``1 / fan_in`` would keep the variance of the signal, ``1 / fan_out`` that of
    the gradient. Source: Glorot & Bengio 2010, equation 12 (with a normal distribution).

    Examples
    --------
    >>> weight = xavier_normal(np.random.default_rng(0), fan_in=100, fan_out=100)
    >>> round(float(weight.std()), 2)
    0.1
    """
    _check_sizes((fan_in, fan_out))
    return rng.normal(0.0, math.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


SCHEMES = {"relu": he_normal, "tanh": xavier_normal, "sigmoid": xavier_normal}


def mlp_weights(
    sizes: Sequence[int], activation: str, init_scale: float = 1.0, seed: int = 0
) -> list[Weight]:
    """Draw the weights of all layers of a multilayer perceptron.

    Parameters
    ----------
    sizes : sequence of int
        Features of the input, of each hidden layer, and the number of classes: at least two.
    activation : {"relu", "tanh", "sigmoid"}
        He for ReLU, Xavier for the other two.
    init_scale : float
        Multiplies all weights, those of the logits too; above 0.
    seed : int
        0 or more. The same arguments give the same bytes.

    Returns
    -------
    list of float64 arrays, shapes (fan_in, fan_out)

    Raises
    ------
    ValueError
        If an argument is outside what is said above.

    Notes
    -----
    No activation follows the last layer, so it is Xavier's whatever the activation. Layers draw
    one after the other from one generator: a deeper network of the same width starts with the
    same weights up to its last layer.

    Sigmoid gets no factor of its own (Xavier assumes a slope of 1 at zero, and that of the sigmoid
    is 1/4): a deep sigmoid network then loses its signal, which is what batch norm is asked to
    mend.

    Examples
    --------
    >>> [w.shape for w in mlp_weights([64, 32, 10], "relu", seed=3)]
    [(64, 32), (32, 10)]
    """
    _check_sizes(sizes)
    if activation not in SCHEMES:
        raise ValueError(f"activation must be one of {sorted(SCHEMES)}, got {activation!r}")
    if not (math.isfinite(init_scale) and init_scale > 0):
        raise ValueError(f"init_scale must be a finite number above 0, got {init_scale}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    rng = np.random.default_rng(seed)
    *hidden, last = pairwise(sizes)
    weights = [SCHEMES[activation](rng, *fans) for fans in hidden]
    weights.append(xavier_normal(rng, *last))
    return [init_scale * w for w in weights]


def _check_sizes(sizes: Sequence[int]) -> None:
    """Refuse fewer than two sizes, and what is not a whole number of at least 1."""
    if len(sizes) < 2:
        raise ValueError(f"sizes must hold at least an input and an output size, got {list(sizes)}")
    for size in sizes:
        if not isinstance(size, int | np.integer) or size < 1:
            raise ValueError(f"sizes must be whole numbers of at least 1, got {list(sizes)}")
