"""The weights that the layers of a network really use: as learned, or normalized first.

Shape legend: D inputs of a layer, C units, L hidden layers. A leading replica axis is allowed
everywhere.
"""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.weights import (
    spectral_norm,
    spectral_norm_backward,
    weight_norm,
    weight_norm_backward,
)


def effective_weight(spec: Spec, parameters: Parameters, layer: int) -> Array:
    """Return the weights that a linear layer multiplies by, shape (D, C).

    They are the parameters' own, not to be changed, in the layer of the logits (``layer`` L) and
    without weight or spectral normalization. With spectral normalization u and v are used as they
    are: only training refines them.
    """
    weight_DC = parameters.weights[layer]
    if layer == spec.depth or spec.weight_norm == "none":
        return weight_DC
    used_DC = np.empty_like(weight_DC)
    for replica in np.ndindex(*weight_DC.shape[:-2]):
        if spec.weight_norm == "weight":
            used, _ = weight_norm(weight_DC[replica].T, parameters.lengths[layer][replica])
        else:
            u, v = (vector[replica] for vector in parameters.singular[layer])
            used, _ = spectral_norm(weight_DC[replica].T, u, v, training=False)
        used_DC[replica] = used.T
    return used_DC


def effective_weight_backward(
    spec: Spec, parameters: Parameters, layer: int, dused_DC: Array, gradient: Parameters
) -> None:
    """Carry the gradient of :func:`effective_weight`, shape (D, C), on to ``gradient``."""
    weight_DC, dweight_DC = parameters.weights[layer], gradient.weights[layer]
    if layer == spec.depth or spec.weight_norm == "none":
        dweight_DC[...] = dused_DC
        return
    for replica in np.ndindex(*weight_DC.shape[:-2]):
        dused_CD = dused_DC[replica].T
        if spec.weight_norm == "weight":
            length = parameters.lengths[layer][replica]
            _, cache = weight_norm(weight_DC[replica].T, length)
            dweight, gradient.lengths[layer][replica] = weight_norm_backward(dused_CD, cache)
        else:
            u, v = (vector[replica] for vector in parameters.singular[layer])
            _, spectral_cache = spectral_norm(weight_DC[replica].T, u, v, training=False)
            dweight = spectral_norm_backward(dused_CD, spectral_cache)
        dweight_DC[replica] = dweight.T
