"""The trainer's layers: the formulas of ``functional``, in place, bound to their arrays once.

Each ``bind_*`` function takes the arrays a layer reads and writes, allocates its scratch, and
returns two functions without arguments, ``forward()`` and ``backward()``. A training step then only
calls them one after the other. Four habits make this fast in NumPy, and none changes a result:

- a mean over the batch is a matrix-vector product with a vector of ``1/N`` (5 to 12 times quicker
  than ``x.mean(0)`` at these sizes);
- every call writes into an array that exists already (``out`` is the last argument);
- a row is first copied down all N rows, since equal shapes are quicker than broadcasting;
- ``backward`` works in place: the array that held the gradient of the output holds the gradient of
  the input afterwards.
"""

from bnviz.core.train.kernels.activation import ACTIVATIONS
from bnviz.core.train.kernels.bound import Bound, NormSite
from bnviz.core.train.kernels.linear import bind_linear, bind_softmax_gradient
from bnviz.core.train.kernels.norm import bind_norm
from bnviz.core.train.kernels.paths import bind_dropout, bind_skip
from bnviz.core.train.kernels.weights import bind_spectral_norm, bind_weight_norm

__all__ = [
    "ACTIVATIONS",
    "Bound",
    "NormSite",
    "bind_dropout",
    "bind_linear",
    "bind_norm",
    "bind_skip",
    "bind_softmax_gradient",
    "bind_spectral_norm",
    "bind_weight_norm",
]
