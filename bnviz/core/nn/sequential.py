"""A stack of layers."""

from typing import Self

from bnviz.core.array import Array
from bnviz.core.nn.module import Module


class Sequential(Module):
    """Apply layers one after the other, and their backward passes in the opposite order.

    Parameters
    ----------
    *layers : Module

    Attributes
    ----------
    layers : tuple of Module

    Notes
    -----
    Parameters, buffers and gradients carry PyTorch's names: ``"0.weight"`` is that of the first
    layer.

    Examples
    --------
    One step of gradient descent:

    >>> import numpy as np
    >>> from bnviz.core import nn
    >>> net = nn.Sequential(nn.Linear(2, 3, bias=False, rng=0), nn.BatchNorm1d(3), nn.ReLU())
    >>> y = net(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    >>> dx = net.backward(y)
    >>> for name, p in net.parameters().items():
    ...     p -= 0.1 * net.grads[name]
    >>> list(net.grads)
    ['0.weight', '1.weight', '1.bias']
    """

    def __init__(self, *layers: Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, x: Array) -> Array:
        """Give the output of the last layer."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array) -> Array:
        """Give the gradient with respect to the input; collect ``grads`` from all layers."""
        for layer in reversed(self.layers):
            dy = layer.backward(dy)
        self.grads = self._named([layer.grads for layer in self.layers])
        return dy

    def train(self, mode: bool = True) -> Self:
        """Switch all layers to training mode, or with ``mode=False`` to evaluation mode."""
        for layer in self.layers:
            layer.train(mode)
        return super().train(mode)

    def parameters(self) -> dict[str, Array]:
        """Give what is learned in all layers, as live arrays."""
        return self._named([layer.parameters() for layer in self.layers])

    def buffers(self) -> dict[str, Array]:
        """Give what is kept but not learned in all layers, as live arrays."""
        return self._named([layer.buffers() for layer in self.layers])

    def _named(self, arrays: list[dict[str, Array]]) -> dict[str, Array]:
        """Put the number of the layer before each name."""
        return {f"{i}.{name}": a for i, own in enumerate(arrays) for name, a in own.items()}
