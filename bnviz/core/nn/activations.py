"""Activations: functions that are applied to each value on its own."""

from abc import abstractmethod

import numpy as np

from bnviz.core.activations import activate, slope
from bnviz.core.array import Array
from bnviz.core.functional.sums import floating
from bnviz.core.nn.module import Module


class Activation(Module):
    """Apply a function to each value; the base of the classes below.

    The backward pass is ``dx = dy * slope``, with the slope that the forward pass remembered.
    """

    @abstractmethod
    def value_and_slope(self, x: Array) -> tuple[Array, Array]:
        """Return the function and its derivative at ``x``."""

    def forward(self, x: Array) -> Array:
        """Return the function at ``x``, in its shape and dtype (float16 becomes float32)."""
        y, slope = self.value_and_slope(floating(x, "x"))
        return self._remember(y, slope)

    def backward(self, dy: Array) -> Array:
        """Return ``dy`` times the slope at the last ``x``."""
        slope: Array = self._remembered()
        if np.shape(dy) != slope.shape:
            raise ValueError(f"dy must have the shape of y, {slope.shape}, got {np.shape(dy)}")
        return floating(dy, "dy").astype(slope.dtype, copy=False) * slope


class ReLU(Activation):
    """Keep what is positive, put 0 for the rest. The slope at 0 is 0, as in PyTorch.

    Examples
    --------
    >>> relu = ReLU()
    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    >>> relu.backward(np.ones(3))
    array([0., 0., 1.])
    """

    def value_and_slope(self, x: Array) -> tuple[Array, Array]:
        """Return max(x, 0), and 1 where x is positive."""
        y = activate("relu", x)
        return y, slope("relu", y)


class Tanh(Activation):
    """Squash to values between -1 and 1.

    Examples
    --------
    >>> tanh = Tanh()
    >>> tanh(np.array([-1000.0, 0.0, 1000.0]))
    array([-1.,  0.,  1.])
    >>> tanh.backward(np.ones(3))
    array([0., 1., 0.])
    """

    def value_and_slope(self, x: Array) -> tuple[Array, Array]:
        """Return tanh(x) and 1 - tanh(x)^2."""
        y = activate("tanh", x)
        return y, slope("tanh", y)


class Sigmoid(Activation):
    """Squash to values between 0 and 1, with the logistic function.

    Examples
    --------
    >>> sigmoid = Sigmoid()
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    >>> sigmoid.backward(np.ones(3))
    array([0.  , 0.25, 0.  ])
    """

    def value_and_slope(self, x: Array) -> tuple[Array, Array]:
        """Return 1 / (1 + exp(-x)) and y (1 - y), where 1 - y is the function at -x."""
        y = activate("sigmoid", x)
        return y, y * activate("sigmoid", -x)
