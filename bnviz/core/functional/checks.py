"""What the normalizers refuse, and in which words."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.sums import floating


def check_channels(shape: tuple[int, ...], **per_channel: Array | None) -> None:
    """Refuse an input without channels, and what does not have one value for each channel.

    Size 1 is refused too: NumPy would broadcast it silently.
    """
    if len(shape) < 2:
        raise ValueError(f"x must have the shape (N, C) or (N, C, ...), got {shape}")
    wanted = shape[1:2]
    for name, value in per_channel.items():
        if value is not None and np.shape(value) != wanted:
            raise ValueError(
                f"{name} must have the shape {wanted}, one value for each channel of the "
                f"input {shape}, got {np.shape(value)}"
            )


def check_batch_norm(
    shape: tuple[int, ...],
    gamma: Array | None,
    beta: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    *,
    training: bool = True,
) -> None:
    """Refuse what does not fit together, and running statistics that cannot be updated.

    Evaluation only reads them, so that they may be read-only there.
    """
    running = {"running_mean": running_mean, "running_var": running_var}
    check_channels(shape, gamma=gamma, beta=beta, **running)
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    for name, value in running.items():
        if value is not None and not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
            raise ValueError(f"{name} is updated in place: it must be a NumPy array of floats")
        if training and value is not None:
            check_writeable(name, value)


def check_writeable(name: str, value: Array) -> None:
    """Refuse a read-only array before anything is computed, where it is updated in training."""
    if not value.flags.writeable:
        raise ValueError(
            f"{name} is updated in place in training: it must be writeable, got a read-only array"
        )


def check_batch_size(shape: tuple[int, ...]) -> None:
    """Refuse one value per channel, in PyTorch's words: its variance would be 0 / 0."""
    if math.prod(shape[:1] + shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {shape}"
        )


def check_space(shape: tuple[int, ...]) -> None:
    """Refuse one value per sample and channel, in PyTorch's words."""
    if math.prod(shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {shape}"
        )


def is_number(value: object) -> bool:
    """Return whether a value is one real number, infinity and NaN included."""
    if isinstance(value, float | int):
        return True
    a = np.asarray(value)
    return a.ndim == 0 and a.dtype.kind in "fiu"


def is_finite(value: float) -> bool:
    """Return whether a value is one finite number."""
    return is_number(value) and math.isfinite(value)


def check_numbers(eps: float, momentum: float = 0.0) -> None:
    """Refuse numbers that could only give NaN, and what is not a number."""
    if not (is_finite(eps) and eps >= 0):
        raise ValueError(f"eps must be a finite number of at least 0, got {eps!r}")
    if not is_finite(momentum):
        raise ValueError(f"momentum must be a finite number, got {momentum!r}")


def check_size(name: str, size: int) -> None:
    """Refuse a size that is not a whole number of at least 1."""
    if not isinstance(size, int | np.integer) or size < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {size!r}")


def check_trailing(
    shape: tuple[int, ...], normalized_shape: int | Iterable[int], **parameters: Array | None
) -> tuple[int, ...]:
    """Return ``normalized_shape`` as a tuple; refuse it where the input does not end in it."""
    if isinstance(normalized_shape, Iterable):
        wanted = tuple(normalized_shape)
    else:
        wanted = (normalized_shape,)
    if not wanted:
        raise ValueError("normalized_shape must name at least one axis, got ()")
    if shape[-len(wanted) :] != wanted:
        raise ValueError(f"x must end in the normalized_shape {wanted}, got the shape {shape}")
    for name, value in parameters.items():
        if value is not None and np.shape(value) != wanted:
            raise ValueError(
                f"{name} must have the normalized_shape {wanted}, got {np.shape(value)}"
            )
    return wanted


def incoming(dy: Array, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return ``dy`` in the dtype of the work; refuse one that is not shaped like ``y``."""
    if np.shape(dy) != shape:
        raise ValueError(f"dy must have the shape of y, {shape}, got {np.shape(dy)}")
    return floating(dy, "dy").astype(dtype, copy=False)
