"""A weight read as a matrix: a row for each output, whatever its axes are."""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.sums import floating


def as_rows(w: Array, name: str) -> Array:
    """Return a weight as a matrix with a row for each output."""
    w = floating(w, name)
    if w.ndim < 2:
        raise ValueError(f"{name} must have the shape (O, I) or (O, ...), got {w.shape}")
    if not w.size:
        raise ValueError(f"{name} must hold at least one value, got the shape {w.shape}")
    return w.reshape(len(w), -1)


def incoming_rows(dw: Array, shape: tuple[int, ...], like_OI: Array) -> Array:
    """Return a gradient as a matrix with a row for each output, in the dtype of the work."""
    if np.shape(dw) != shape:
        raise ValueError(f"dw must have the shape of w, {shape}, got {np.shape(dw)}")
    return floating(dw, "dw").astype(like_OI.dtype, copy=False).reshape(like_OI.shape)
