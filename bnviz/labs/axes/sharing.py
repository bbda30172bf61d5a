"""Which values share a mean and a variance, read off the axes that the normalizers themselves use.

Nothing here knows what a method *should* reduce. Each function of ``bnviz.functional`` is called,
and its cache tells over which axes, of which view of the tensor, it has taken its statistics.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.core.functional.group import WITHIN, GroupNormCache
from bnviz.core.functional.sums import Axes
from bnviz.labs.axes.settings import METHODS, SEQUENCES, Request

CHANNELS_FIRST = (0, 2, 1)
"""N × T × C to N × C × T, as in PyTorch's BatchNorm1d, and back."""
TURNED = ("bn", "gn", "in")
"""Methods that want the channel as axis 1."""


@dataclass(frozen=True, eq=False)
class Sharing:
    """What one method does to the tensor.

    Attributes
    ----------
    method : str
    y : array
        Its output, without gamma and beta: x_hat. Shaped as the tensor.
    axes : tuple of negative int
        What the code passes to the primitive.
    view : tuple of int
        Shape in which the primitive sees the tensor.
    statistics : tuple of int
        Shape of the statistics: the view, with the axes kept as length 1.
    grid : tuple of int
        Sizes of the axes that are not reduced; the sets count through it row by row.
    sets : array of int
        Number of the set of each cell, shaped as the tensor.
    lines : str
        The calls, as Python.
    """

    method: str
    y: Array
    axes: Axes
    view: tuple[int, ...]
    statistics: tuple[int, ...]
    grid: tuple[int, ...]
    sets: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    lines: str

    @property
    def n_sets(self) -> int:
        """How many statistics there are; of each kind, if there are a mean and a variance."""
        return int(np.prod(self.grid))

    @property
    def n_values(self) -> int:
        """How many values share each of them."""
        return self.sets.size // self.n_sets


def sharing(method: str, x: Array, asked: Request) -> Sharing:
    """Return what a method does to a tensor in the layout that is asked for, which is not modified.

    Raises
    ------
    ValueError
        In the words of the normalizer, if it refuses the tensor.

    Notes
    -----
    BN, GN and IN want the channel as axis 1, so a sequence is turned for them and turned back. LN
    and RMS take the last axes: (C, H, W) of an image, but C alone of a sequence.

    Examples
    --------
    >>> done = sharing("gn", np.arange(8.0).reshape(1, 4, 1, 2), Request(groups=2))
    >>> done.axes, done.view, done.sets.ravel().tolist()
    ((-1,), (1, 2, 4), [0, 0, 0, 0, 1, 1, 1, 1])
    """
    turned = asked.layout == SEQUENCES and method in TURNED
    seen = x.transpose(CHANNELS_FIRST) if turned else x
    name, extra, (y, view, axes) = _run(method, seen, asked)
    kept = tuple(1 if axis - len(view) in axes else size for axis, size in enumerate(view))
    numbers = np.broadcast_to(np.arange(np.prod(kept)).reshape(kept), view).reshape(seen.shape)
    source = f"x.transpose{CHANNELS_FIRST}" if turned else "x"
    given = source if view == seen.shape else f"{source}.reshape{view}"
    inside = (
        f"mean_square = mean_of_products(x, x, axes={axes})"
        if method == "rms"
        else f"s = standardize({given}, axes={axes}, eps={asked.eps})"
    )
    return Sharing(
        method=method,
        y=y.transpose(CHANNELS_FIRST) if turned else y,
        axes=axes,
        view=view,
        statistics=kept,
        grid=tuple(size for axis, size in enumerate(view) if axis - len(view) not in axes),
        sets=numbers.transpose(CHANNELS_FIRST) if turned else numbers,
        lines=f"y, cache = F.{name}({source}{extra}, eps={asked.eps})\n"
        f"# calls, with x of shape {x.shape}:\n{inside}\n"
        f"# {'mean_square has' if method == 'rms' else 's.mean and s.var have'} the shape {kept}",
    )


def allowed(method: str, x: Array, asked: Request) -> Sharing | None:
    """Return the same, or None if the normalizer refuses the tensor."""
    try:
        return sharing(method, x, asked)
    except ValueError:
        return None


def _run(
    method: str, x: Array, asked: Request
) -> tuple[str, str, tuple[Array, tuple[int, ...], Axes]]:
    """Return the function's name, its other arguments as text, and (y, view, axes) of a call."""
    last = x.shape[-1:] if asked.layout == SEQUENCES else x.shape[1:]
    if method == "bn":
        y, batch = F.batch_norm(x, eps=asked.eps)
        return "batch_norm", "", (y, batch.x_hat.shape, batch.axes)
    if method == "ln":
        y, layer = F.layer_norm(x, last, eps=asked.eps)
        return "layer_norm", f", {last}", (y, layer.x_hat.shape, layer.axes)
    if method == "gn":
        y, group = F.group_norm(x, asked.groups, eps=asked.eps)
        return "group_norm", f", {asked.groups}", (y, group.groups.x_hat.shape, WITHIN)
    if method == "in":
        y, instance = F.instance_norm(x, eps=asked.eps)
        view = cast(GroupNormCache, instance).groups.x_hat.shape
        return "instance_norm", "", (y, view, WITHIN)
    if method == "rms":
        y, rms = F.rms_norm(x, last, eps=asked.eps)
        return "rms_norm", f", {last}", (y, rms.x_hat.shape, rms.axes)
    raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
