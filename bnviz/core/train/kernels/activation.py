"""The activations: every element for itself."""

import numpy as np
from numpy import add, greater, maximum, multiply, subtract, tanh

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
    """Bind ``y = 1/(1 + exp(-x))``, as ``(1 + tanh(x/2))/2``, which cannot overflow."""
    halves, slope = np.full_like(x, 0.5), np.empty_like(x)

    def forward() -> None:
        multiply(x, halves, y)
        tanh(y, y)
        multiply(y, halves, y)
        add(y, halves, y)

    def backward() -> None:
        multiply(y, y, slope)
        subtract(y, slope, slope)
        multiply(grad, slope, grad)

    return forward, backward


ACTIVATIONS = {"relu": bind_relu, "tanh": bind_tanh, "sigmoid": bind_sigmoid}
