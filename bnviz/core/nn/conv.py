"""The convolution of images.

Letters: **N** batch, **C** channels in, **O** channels out, **H W** space, **I J** kernel.
"""

import math

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from bnviz.core.array import Array
from bnviz.core.functional.checks import check_size, incoming
from bnviz.core.functional.sums import floating
from bnviz.core.nn.module import Module, float_dtype

Pair = tuple[int, int]


class Conv2d(Module):
    """Slide a kernel over an image: each output is a linear layer of one window.

    Parameters
    ----------
    in_channels, out_channels : int
        C and O.
    kernel_size : int or pair of int
        I and J, height and width of a window.
    stride : int or pair of int
        Steps between the windows.
    padding : int or pair of int
        Rows and columns of zeros added on each side.
    bias : bool
        Whether to add a bias. A layer that batch norm follows needs none.
    rng, dtype
        As in all layers.

    Attributes
    ----------
    weight : array, shape (O, C, I, J)
        Stored as in PyTorch, outputs first.
    bias : array, shape (O,), or None

    Notes
    -----
    The output has ``(H + 2 * padding - I) // stride + 1`` rows. Rows and columns that the last
    step does not reach are left out, and their gradient is 0.

    The kernel is not flipped: what the field calls convolution is a correlation. Batch norm after
    it takes one mean for each output channel, over N, H and W: all windows share the weights, so
    they should share the statistics (Ioffe & Szegedy 2015, section 3.2).

    Both parameters start uniform within 1 / sqrt(C I J), PyTorch's default. PyTorch's dilation,
    groups and other paddings are not here.

    Examples
    --------
    Differences between neighbours in a row:

    >>> layer = Conv2d(1, 1, (1, 2), bias=False, dtype=np.float64)
    >>> layer.weight[...] = [-1.0, 1.0]
    >>> layer(np.array([[[[1.0, 2.0, 4.0, 8.0]]]]))
    array([[[[1., 2., 4.]]]])
    >>> layer.backward(np.array([[[[1.0, 0.0, 0.0]]]]))
    array([[[[-1.,  1.,  0.,  0.]]]])
    """

    PARAMETERS = ("weight", "bias")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Pair,
        stride: int | Pair = 1,
        padding: int | Pair = 0,
        *,
        bias: bool = True,
        rng: np.random.Generator | int | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        check_size("in_channels", in_channels)
        check_size("out_channels", out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = _pair("kernel_size", kernel_size, 1)
        self.stride, self.padding = _pair("stride", stride, 1), _pair("padding", padding, 0)
        dtype, rng = float_dtype(dtype), np.random.default_rng(rng)
        shape = (out_channels, in_channels, *self.kernel_size)
        bound = math.prod(shape[1:]) ** -0.5
        self.weight = rng.uniform(-bound, bound, shape).astype(dtype)
        self.bias = rng.uniform(-bound, bound, out_channels).astype(dtype) if bias else None

    def forward(self, x: Array) -> Array:
        """Return the image of shape (N, O, H', W') for ``x`` of shape (N, C, H, W)."""
        x = floating(x, "x")
        self._check_input(x.shape)
        (up, left), (down, right) = self.padding, self.stride
        padded = np.pad(x, ((0, 0), (0, 0), (up, up), (left, left)))
        windows = sliding_window_view(padded, self.kernel_size, axis=(2, 3))
        windows_NCHWIJ = windows[:, :, ::down, ::right]
        weight = self.weight.astype(x.dtype, copy=False)
        y_NHWO = np.tensordot(windows_NCHWIJ, weight, axes=((1, 4, 5), (1, 2, 3)))
        if self.bias is not None:
            y_NHWO += self.bias.astype(x.dtype, copy=False)
        y = np.ascontiguousarray(np.moveaxis(y_NHWO, -1, 1))
        return self._remember(y, (windows_NCHWIJ, x.shape))

    def backward(self, dy: Array) -> Array:
        """Return ``dx``; put the gradients of ``weight`` and ``bias`` into ``grads``."""
        windows_NCHWIJ, shape = self._remembered()
        n, _, rows, columns = windows_NCHWIJ.shape[:4]
        dy = incoming(dy, (n, self.out_channels, rows, columns), windows_NCHWIJ.dtype)
        self.grads = {"weight": np.tensordot(dy, windows_NCHWIJ, axes=((0, 2, 3), (0, 2, 3)))}
        if self.bias is not None:
            self.grads["bias"] = dy.sum(axis=(0, 2, 3))
        dwindows_CIJNHW = np.tensordot(self.weight.astype(dy.dtype, copy=False), dy, axes=(0, 1))
        (up, left), (down, right) = self.padding, self.stride
        height, width = shape[2] + 2 * up, shape[3] + 2 * left
        dx_CNHW = np.zeros((shape[1], n, height, width), dy.dtype)
        for i, j in np.ndindex(self.kernel_size):
            # Each value lies in several windows, once at each place (i, j) of the kernel.
            reached = (slice(i, i + down * rows, down), slice(j, j + right * columns, right))
            dx_CNHW[:, :, *reached] += dwindows_CIJNHW[:, i, j]
        inside = dx_CNHW[:, :, up : height - up, left : width - left]
        return np.ascontiguousarray(inside.swapaxes(0, 1))

    def _check_input(self, shape: tuple[int, ...]) -> None:
        """Refuse another number of axes or channels, and an image smaller than the kernel."""
        if len(shape) != 4 or shape[1] != self.in_channels:
            raise ValueError(f"x must have the shape (N, {self.in_channels}, H, W), got {shape}")
        for size, pad, kernel in zip(shape[2:], self.padding, self.kernel_size, strict=True):
            if size + 2 * pad < kernel:
                raise ValueError(
                    f"a kernel of {self.kernel_size} does not fit into an image of {shape[2:]} "
                    f"with a padding of {self.padding}"
                )


def _pair(name: str, value: int | Pair, least: int) -> Pair:
    """Return height and width; refuse what is not one or two whole numbers from ``least`` on."""
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(isinstance(v, int | np.integer) and v >= least for v in pair):
        raise ValueError(
            f"{name} must be one or two whole numbers of at least {least}, got {value!r}"
        )
    return pair
