"""Normalizers written as pure forward and backward passes.

All of them are one sentence: *take the mean and the variance over some axes, standardize, then
scale and shift*. They differ in the axes only. Read ``axes.py`` first: it holds that sentence and
its gradient. ``batch.py`` is then a thin, checked wrapper that picks the axes. ``sums.py`` is how
to sum quickly and exactly, and may wait.

Each normalizer returns ``(y, cache)``, and its backward pass takes ``(dy, cache)``. Inputs are
never modified; only running statistics are updated in place.
"""

from bnviz.core.functional.axes import (
    Standardized,
    standardize,
    standardize_backward,
    standardize_with,
)
from bnviz.core.functional.batch import (
    BatchNormCache,
    batch_norm,
    batch_norm_axes,
    batch_norm_backward,
)
from bnviz.core.functional.sums import count_over, sum_over

__all__ = [
    "BatchNormCache",
    "Standardized",
    "batch_norm",
    "batch_norm_axes",
    "batch_norm_backward",
    "count_over",
    "standardize",
    "standardize_backward",
    "standardize_with",
    "sum_over",
]
