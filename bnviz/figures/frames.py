"""Figures that move: how one figure carries all snapshots of a run.

A figure is a plain Plotly dict, ``{"data": [...], "layout": {...}}``, with NumPy arrays as values.
Any value inside it may be ``Frames``: a sequence whose first axis is the snapshot. ``pick`` takes
one snapshot; ``encode`` keeps them all, as JSON for the stage, which plays them in the browser.

Shape letters: **T** snapshots, the other axes belong to the figure.
"""

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Figure = dict[str, Any]
"""A plain Plotly figure, ``{"data": [...], "layout": {...}}``; values may be arrays or Frames."""

LEVELS = 65534
"""Highest quantised level of ``bits=16``; the code after it, 65535, stands for a missing value."""


@dataclass(frozen=True, eq=False)
class Frames:
    """One value of a figure for each snapshot.

    Parameters
    ----------
    values : array or sequence
        Its first axis is the snapshot, length T. ``values[t]`` is what the figure shows at
        snapshot t: a number, an array, a string, or any part of a figure.
    bits : {None, 16}
        16 sends the array of each snapshot as 16-bit levels between its smallest and its largest
        value: half of the bytes, with an error of at most ``(max - min) / (2 * 65534)``.

    Notes
    -----
    The levels are spaced evenly, so ``bits=16`` is for shapes on linear axes (violins, histograms).
    Values that span decades, as gradient norms do, would lose their small ones: leave them at None.
    """

    values: NDArray[Any] | Sequence[Any]
    bits: int | None = None

    def __post_init__(self) -> None:
        if self.bits not in (None, 16):
            raise ValueError(f"bits must be None or 16, got {self.bits}")
        numeric = isinstance(self.values, np.ndarray) and self.values.dtype.kind in "fiub"
        if self.bits and not numeric:
            raise ValueError("bits=16 needs a numeric array, got " + type(self.values).__name__)

    def __len__(self) -> int:
        return len(self.values)


def lengths(figure: Any) -> set[int]:
    """Return the numbers of snapshots that the ``Frames`` of a figure have.

    Empty for a figure that does not move; more than one number is a mistake of the figure.
    """
    if isinstance(figure, Frames):
        return {len(figure)}
    if isinstance(figure, Mapping):
        return set().union(*(lengths(value) for value in figure.values()))
    if isinstance(figure, list | tuple):
        return set().union(*(lengths(value) for value in figure))
    return set()


def pick(value: Any, t: int) -> Any:
    """Replace every ``Frames`` by its value at snapshot ``t``."""
    if isinstance(value, Frames):
        return pick(value.values[t], t)
    if isinstance(value, Mapping):
        return {key: pick(item, t) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [pick(item, t) for item in value]
    return value


def encode(value: Any) -> Any:
    """Return a figure, or any part of it, as values that JSON can hold.

    Arrays become ``{"dtype": "f4", "bdata": base64}``, with ``"shape": "rows, columns"`` for a
    matrix: Plotly's own form. Frames become ``{"frames": [...]}``, one value for each snapshot.
    Frames of arrays ``{"frames": {"dtype", "bdata": [...]}}``, with ``"lo": [...]`` and ``"hi"`` if
    quantised: a run that goes on makes the lists longer and changes nothing in them.

    Raises
    ------
    ValueError
        If a value has no place in a figure (an object, a complex number).

    Notes
    -----
    JSON has no NaN. Plain floats that are not finite become null; inside an array they stay, as
    bits, and Plotly draws a gap. Floats are sent as float32, so a step number above 2**24 has no
    place in a float array.

    Examples
    --------
    >>> encode({"y": np.array([1.0, 2.0]), "x0": float("nan")})
    {'y': {'dtype': 'f4', 'bdata': 'AACAPwAAAEA='}, 'x0': None}
    """
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Frames():
            return {"frames": _encode_frames(value)}
        case np.ndarray():
            return _encode_array(value)
        case np.generic():
            return encode(value.item())
        case Mapping():
            return {str(key): encode(item) for key, item in value.items()}
        case list() | tuple():
            return [encode(item) for item in value]
    raise ValueError(f"a figure holds numbers, strings, lists, dicts and arrays, got {value!r}")


def _encode_frames(frames: Frames) -> Any:
    values = frames.values
    if not isinstance(values, np.ndarray) or values.ndim == 1 or not len(values):
        return [encode(item) for item in values]
    if not frames.bits:
        return _columns([_encode_array(array) for array in values])
    quantised = [_quantise(array) for array in values]
    return _columns([{**_encode_array(codes), "lo": lo, "hi": hi} for codes, lo, hi in quantised])


def _columns(specs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the specs of arrays of one dtype and shape as one, with a list of what differs."""
    own = [name for name in ("bdata", "lo", "hi") if name in specs[0]]
    return {**specs[0], **{name: [spec[name] for spec in specs] for name in own}}


def _encode_array(array: NDArray[Any]) -> Any:
    if array.dtype.kind in "OUS" or array.ndim == 0:
        return encode(array.tolist())
    if array.ndim > 2:
        raise ValueError(f"a figure holds arrays of one or two axes, got shape {array.shape}")
    shape = {"shape": f"{array.shape[0]}, {array.shape[1]}"} if array.ndim == 2 else {}
    return {**_binary(array), **shape}


def _binary(array: NDArray[Any]) -> dict[str, str]:
    """Return the bytes of an array in the narrowest type that Plotly and the figure both bear."""
    kind, width = array.dtype.kind, array.dtype.itemsize
    if kind == "b":
        code = "u1"
    elif kind in "iu" and width <= 2:
        code = f"{kind}{width}"
    elif kind in "iu":
        code = "i4"
        if array.size and (array.min() < -(2**31) or array.max() >= 2**31):
            raise ValueError("whole numbers in a figure must fit in 32 bits")
    elif kind == "f":
        code = "f4"
    else:
        raise ValueError(f"a figure holds real numbers, got dtype {array.dtype}")
    with np.errstate(over="ignore"):  # beyond float32 is infinite, which is drawn as a gap
        data = np.ascontiguousarray(array, dtype=f"<{code}")
    return {"dtype": code, "bdata": b64encode(data.tobytes()).decode("ascii")}


def _quantise(values: NDArray[Any]) -> tuple[NDArray[np.uint16], float, float]:
    """Return the level of each value between the smallest and the largest, and these two."""
    values = values.astype(np.float64)
    finite = np.abs(values) < np.finfo(np.float32).max  # False for NaN, too
    if not finite.any():
        return np.full(values.shape, LEVELS + 1, np.uint16), 0.0, 0.0
    lo, hi = float(values[finite].min()), float(values[finite].max())
    span = hi - lo if hi > lo else 1.0
    levels = np.rint((np.where(finite, values, lo) - lo) / span * LEVELS)
    return np.where(finite, levels, LEVELS + 1).astype(np.uint16), lo, hi
