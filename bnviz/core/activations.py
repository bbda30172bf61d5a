"""The activations: functions of each value on its own, and their derivatives.

The trainer has its own, in place (``train/kernels/activation.py``); tests hold the two together.
"""

import numpy as np

from bnviz.core.array import Array


def activate(name: str, x: Array) -> Array:
    """Return ReLU, tanh or the logistic sigmoid of ``x``.

    Notes
    -----
    The sigmoid takes the exponential only of what is not positive: it cannot overflow, and small
    values keep all their digits.

    Examples
    --------
    >>> activate("relu", np.array([-1.0, 2.0]))
    array([0., 2.])
    >>> activate("sigmoid", np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    if name == "relu":
        return np.maximum(x, 0)
    if name == "tanh":
        return np.tanh(x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def slope(name: str, y: Array) -> Array:
    """Return the derivative of an activation, from its **output**.

    Examples
    --------
    >>> slope("tanh", np.array([0.0, 0.5]))
    array([1.  , 0.75])
    """
    if name == "relu":
        return (y > 0).astype(y.dtype)
    return 1 - y * y if name == "tanh" else y * (1 - y)
