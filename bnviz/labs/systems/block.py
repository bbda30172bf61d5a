"""A convolution, batch norm and ReLU on random images: its output, and its dead bias.

Letters: **N** images, **C** channels in, **O** channels out, **H W** space, **D** types of numbers,
**P** parameters.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.nn import BatchNorm2d, Conv2d
from bnviz.labs.arm import Pieces

SHAPE = (8, 3, 32, 32)
"""N, C, H, W."""
TYPES = ("float32", "float64")
PARAMETERS = ("weights", "bias")
MEAN, STD = float(1 / np.sqrt(2 * np.pi)), float(np.sqrt(0.5 - 0.5 / np.pi))
"""Of the positive part of a standard normal: what ReLU leaves of what BN gives."""


@dataclass(frozen=True, eq=False)
class Block:
    """Conv + BN + ReLU in training, on the images whose times are taken.

    Attributes
    ----------
    gradient : array, shape (D, P)
        Largest gradients of the convolution's weights and of its bias, under a random gradient
        from above.
    mean, std : float
        Of the outputs, in float32.
    """

    gradient: NDArray[np.float64]
    mean: float
    std: float


def block(channels: int, seed: int) -> Pieces:
    """Send images and a gradient through the block, in both types of numbers."""
    single, gradient = passed(channels, seed, TYPES[0])
    yield None
    _, exact = passed(channels, seed, TYPES[1])
    return Block(np.array([gradient, exact]), float(single.mean()), float(single.std()))


def passed(
    channels: int, seed: int, dtype: str, shift: float = 0.0
) -> tuple[NDArray[Any], list[float]]:
    """Return the outputs, shape (N, O, H, W), and the largest gradient of each parameter.

    ``dtype`` is one of ``TYPES``; the shift is added to the bias of the convolution.
    """
    rng = np.random.default_rng(seed)
    x_NCHW = rng.normal(size=SHAPE).astype(dtype)
    conv = Conv2d(SHAPE[1], channels, 3, padding=1, rng=rng, dtype=dtype)
    assert conv.bias is not None
    conv.bias += shift
    norm = BatchNorm2d(channels, dtype=dtype)
    y_NOHW = np.maximum(norm(conv(x_NCHW)), 0)
    dy_NOHW = rng.normal(size=y_NOHW.shape).astype(dtype)
    conv.backward(norm.backward(dy_NOHW * (y_NOHW > 0)))
    return y_NOHW, [float(np.abs(conv.grads[name]).max()) for name in ("weight", "bias")]
