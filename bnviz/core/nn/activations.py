"""Activations: functions that are applied to each value on its own."""

from abc import abstractmethod

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.sums import floating
from bnviz.core.nn.module import Module


class Activation(Module):
    """Apply a function to each value; the base of the classes below.

    The backward pass is ``dx = dy * slope``, with the slope that the forward pass remembered.
    """

    @abstractmethod
    def value_and_slope(self, x: Array) -> tuple[Array, Array]:
        """Give the function and its derivative at ``x``."""

    def forward(self, x: Array) -> Array:
        """Give the function at ``x``, in its shape and dtype (float16 becomes float32)."""
        y, self._memory = self.value_and_slope(floating(x, "x"))
        return y

    def backward(self, dy: Array) -> Array:
        """Give ``dy`` times the slope at the last ``x``."""
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
        """Give max(x, 0), and 1 where x is positive."""
        return np.maximum(x, 0), (x > 0).astype(x.dtype)


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
        """Give tanh(x) and 1 - tanh(x)^2."""
        y = np.tanh(x)
        return y, 1 - y * y


class Sigmoid(Activation):
    """Squash to values between 0 and 1, with the logistic function.

    Notes
    -----
    The exponential is only taken of what is not positive, so it cannot overflow, and small values
    keep all their digits.

    Examples
    --------
    >>> sigmoid = Sigmoid()
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    >>> sigmoid.backward(np.ones(3))
    array([0.  , 0.25, 0.  ])
    """

    def value_and_slope(self, x: Array) -> tuple[Array, Array]:
        """Give 1 / (1 + exp(-x)) and y (1 - y)."""
        small = np.exp(-np.abs(x))
        y = np.where(x >= 0, 1, small) / (1 + small)
        return y, small / (1 + small) ** 2
