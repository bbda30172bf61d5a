"""Layers with state, named and parametrised as in ``torch.nn``.

Nothing is differentiated automatically. ``forward(x)`` remembers what ``backward(dy)`` needs;
``backward`` gives the gradient with respect to the input, and puts those of the parameters into
``grads``, where they *replace* the last ones (PyTorch adds them up).
"""

from bnviz.core.nn.activations import ReLU, Sigmoid, Tanh
from bnviz.core.nn.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from bnviz.core.nn.linear import Linear
from bnviz.core.nn.module import Module
from bnviz.core.nn.sequential import Sequential

__all__ = [
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Linear",
    "Module",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
