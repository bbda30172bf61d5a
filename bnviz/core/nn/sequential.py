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

    A layer, or an array, may stand in it several times. As in PyTorch, ``parameters``, ``buffers``
    and ``grads`` have it once, under its first name, and its gradient is the sum over all uses;
    ``state_dict`` has it under each name. The layer's own ``grads`` are those of one use.

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
        """Return the output of the last layer."""
        memories = []
        for layer in self.layers:
            x = layer.forward(x)
            memories.append(layer._last_memory())
        return self._remember(x, memories)

    def backward(self, dy: Array) -> Array:
        """Return the gradient with respect to the input; collect ``grads`` from all layers."""
        memories = self._remembered()
        sums: dict[int, Array] = {}  # by the identity of the parameter, which may be shared
        for layer, memory in zip(reversed(self.layers), reversed(memories), strict=True):
            layer._recall(memory)  # a shared layer remembers several uses
            dy = layer.backward(dy)
            layer.forget()
            for name, p in layer.parameters().items():
                gradient = layer.grads[name]
                sums[id(p)] = sums[id(p)] + gradient if id(p) in sums else gradient
        self.grads = {name: sums[id(p)] for name, p in self.parameters().items()}
        return dy

    def train(self, mode: bool = True) -> Self:
        """Switch all layers to training mode, or with ``mode=False`` to evaluation mode."""
        for layer in self.layers:
            layer.train(mode)
        return super().train(mode)

    def forget(self) -> None:
        """Forget the forward passes so far, in all layers too."""
        for layer in self.layers:
            layer.forget()
        super().forget()

    def parameters(self) -> dict[str, Array]:
        """Return what is learned in all layers, as live arrays, each of them once."""
        return _once(self._named([layer.parameters() for layer in self.layers]))

    def buffers(self) -> dict[str, Array]:
        """Return what is kept but not learned in all layers, as live arrays, each of them once."""
        return _once(self._named([layer.buffers() for layer in self.layers]))

    def _state(self) -> dict[str, Array]:
        """Return all that a state holds, as live arrays, under all its names."""
        return self._named([layer._state() for layer in self.layers])

    def _named(self, arrays: list[dict[str, Array]]) -> dict[str, Array]:
        """Put the number of the layer before each name."""
        return {f"{i}.{name}": a for i, own in enumerate(arrays) for name, a in own.items()}


def _once(arrays: dict[str, Array]) -> dict[str, Array]:
    """Leave out an array that is there under an earlier name."""
    first = {id(a): name for name, a in reversed(arrays.items())}
    return {name: a for name, a in arrays.items() if first[id(a)] == name}
