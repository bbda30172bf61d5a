"""Layers with state, named and parametrised as in ``torch.nn``.

Nothing is differentiated automatically. ``forward(x)`` remembers what ``backward(dy)`` needs;
``backward`` gives the gradient with respect to the input, and puts those of the parameters into
``grads``, where they *replace* the last ones (PyTorch adds them up).

A ``backward`` belongs to the forward pass before it. After several of them it belongs to the one
whose output you still hold; if you hold several of these, or none, it is refused. ``train()`` drops
the passes of an evaluation, ``forget()`` all of them. To go back through several passes, use the
functions of ``bnviz.core.functional``: each call returns its own cache.
"""

from bnviz.core.nn.activations import ReLU, Sigmoid, Tanh
from bnviz.core.nn.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, BatchRenorm1d
from bnviz.core.nn.conv import Conv2d
from bnviz.core.nn.groupnorm import GroupNorm
from bnviz.core.nn.instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from bnviz.core.nn.layernorm import LayerNorm, RMSNorm
from bnviz.core.nn.linear import Linear
from bnviz.core.nn.module import Module
from bnviz.core.nn.rnn import RNN
from bnviz.core.nn.sequential import Sequential

__all__ = [
    "RNN",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "BatchRenorm1d",
    "Conv2d",
    "GroupNorm",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "LayerNorm",
    "Linear",
    "Module",
    "RMSNorm",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Tanh",
]
