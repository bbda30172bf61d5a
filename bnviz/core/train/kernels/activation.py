"""The activations: every element for itself."""

import numpy as np
from numpy import add, exp, greater, maximum, multiply, negative, reciprocal, subtract, tanh

from bnviz.core.array import Array
from bnviz.core.train.kernels.bound import Bound


def bind_relu(x: Array, y: Array, grad: Array) -> Bound:
    """Bind ``y = max(x, 0)``. The gradient at exactly 0 is 0, as in PyTorch."""
    zeros, passes = np.zeros_like(x), np.empty(x.shape, bool)

    def forward() -> None:
        maximum(x, zeros, out=y)

    def backward() -> None:
        greater(x, zeros, passes)
        multiply(grad, passes, grad)

    return forward, backward


def bind_tanh(x: Array, y: Array, grad: Array) -> Bound:
    """Bind ``y = tanh(x)``; the derivative is ``1 - y^2``."""
    ones, slope = np.ones_like(x), np.empty_like(x)

    def forward() -> None:
        tanh(x, y)

    def backward() -> None:
        multiply(y, y, slope)
        subtract(ones, slope, slope)
        multiply(grad, slope, grad)

    return forward, backward


def bind_sigmoid(x: Array, y: Array, grad: Array) -> Bound:
    """Bind ``y = 1 / (1 + exp(-x))``.

    Where the exponential overflows the result is 0, as it should be; trainer and evaluator tell
    NumPy not to warn of it.
    """
    ones, slope = np.ones_like(x), np.empty_like(x)

    def forward() -> None:
        negative(x, y)
        exp(y, y)
        add(y, ones, y)
        reciprocal(y, y)

    def backward() -> None:
        multiply(y, y, slope)
        subtract(y, slope, slope)
        multiply(grad, slope, grad)

    return forward, backward


ACTIVATIONS = {"relu": bind_relu, "tanh": bind_tanh, "sigmoid": bind_sigmoid}
