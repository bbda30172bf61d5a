"""Layers with state, named and parametrised as in ``torch.nn``.

Nothing is differentiated automatically. ``forward(x)`` remembers what ``backward(dy)`` needs;
``backward`` gives the gradient with respect to the input, and puts those of the parameters into
``grads``, where they *replace* the last ones (PyTorch adds them up).

A ``backward`` belongs to the forward pass before it. After several of them it belongs to the one
whose output you still hold; if you hold several of these, or none, it is refused. ``train()`` drops
the passes of an evaluation, ``forget()`` all of them. To go back through several passes, use the
functions of ``bnviz.core.functional``: each call returns its own cache.

**What holds for all layers**, and is not said again at each:

* ``dtype`` is that of the parameters and running statistics. The output has the dtype of the input.
* ``rng`` (a generator, a seed or None) is where the initial weights come from. None draws new ones
  at every run.
* Sizes are whole numbers of at least 1.
* ``eps`` is added to the variance, inside the square root, and is above 0. ``eps=0`` is refused,
  though the functions compute it: a layer that trains meets constant values sooner or later, and
  0 / 0 would put NaN into its running statistics for good. PyTorch 2.13 accepts it here.
* ``affine`` (or ``elementwise_affine``) says whether ``weight`` (gamma) and ``bias`` (beta) are
  learned, ``bias=False`` that the weight alone is. What is not there is None.
* ValueError says what does not fit: an argument when the layer is made, the number of axes or
  channels of the input in ``forward``, the shape of ``dy`` in ``backward``.
"""

from bnviz.core.nn.activations import ReLU, Sigmoid, Tanh
from bnviz.core.nn.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d
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
