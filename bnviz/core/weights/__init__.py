"""Normalizers of weights, which look at no activation and so at no batch.

Each gives the weight that the layer should use, and a cache for the way back. The three differ in
what they take away from the weight: its length by rows, its mean and length by rows, its largest
singular value. All are undone by batch norm after the layer, but for the learning rate that they
lead to.
"""

from bnviz.core.weights.norm import WeightNormCache, weight_norm, weight_norm_backward
from bnviz.core.weights.spectral import (
    SpectralNormCache,
    spectral_norm,
    spectral_norm_backward,
    spectral_start,
)
from bnviz.core.weights.standardization import (
    WeightStandardizationCache,
    weight_standardization,
    weight_standardization_backward,
)

__all__ = [
    "SpectralNormCache",
    "WeightNormCache",
    "WeightStandardizationCache",
    "spectral_norm",
    "spectral_norm_backward",
    "spectral_start",
    "weight_norm",
    "weight_norm_backward",
    "weight_standardization",
    "weight_standardization_backward",
]
