"""Closed forms: what theory says a measurement should give.

Each formula tells its unit, its source, how sure it is and under which setting it holds. How sure:
*proved* (in the source, or by the few lines of derivation given here), or *proved for* a model
whose assumptions are then named. The tests measure every one of them by simulation.

``depth.py``
    How signals and gradients grow from layer to layer, before any training.
``noise.py``
    How far the statistics of a batch are from those of all data.
``scale.py``
    What follows when the loss does not depend on the length of a weight vector.
``dropout.py``
    Why dropout in front of batch norm makes training and evaluation differ.

Only plain numbers go in and come out; ValueError says which one is outside of what is allowed. For
a curve, call a function once for each point.
"""

from bnviz.core.theory.depth import (
    RELU_MEAN,
    RELU_VAR,
    squared_gradient_growth,
)
from bnviz.core.theory.dropout import dropout_variance, dropout_variance_shift
from bnviz.core.theory.noise import (
    batch_mean_std,
    batch_var_cv,
)
from bnviz.core.theory.scale import (
    Twin,
    effective_lr,
    equilibrium_angle,
    norm_after_step,
    twin_at_scale,
)

__all__ = [
    "RELU_MEAN",
    "RELU_VAR",
    "Twin",
    "batch_mean_std",
    "batch_var_cv",
    "dropout_variance",
    "dropout_variance_shift",
    "effective_lr",
    "equilibrium_angle",
    "norm_after_step",
    "squared_gradient_growth",
    "twin_at_scale",
]
