"""Normalizers of weights, which look at no activation and so at no batch.

Each gives the weight that the layer should use, and a cache for the way back. They differ in
what they take away from the weight: its length by rows, or its largest singular value. Both are
undone by batch norm after the layer, but for the learning rate that they lead to.

Letters: **O** outputs (rows, filters), **I** inputs of one output, over all of its axes. What holds
for the functions of ``core/functional`` holds here too: weights are never modified, and ValueError
says what is not floating or has another shape, or fewer than two axes.
"""

from bnviz.core.weights.norm import WeightNormCache, weight_norm, weight_norm_backward
from bnviz.core.weights.spectral import (
    SpectralNormCache,
    spectral_norm,
    spectral_norm_backward,
    spectral_start,
)

__all__ = [
    "SpectralNormCache",
    "WeightNormCache",
    "spectral_norm",
    "spectral_norm_backward",
    "spectral_start",
    "weight_norm",
    "weight_norm_backward",
]
