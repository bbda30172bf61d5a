"""What conv + BN costs: in training, in evaluation, and folded into the convolution."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.folding import fold_into_preceding
from bnviz.core.nn import BatchNorm2d, Conv2d
from bnviz.labs.systems import block
from bnviz.labs.systems.block import SHAPE, Block

ARMS = ("conv alone", "conv + BN, train", "conv + BN, eval", "folded")
N_ROUNDS = 9


@dataclass(frozen=True, eq=False)
class Cost:
    """Times and outputs of one layer on 8 random images of 3 x 32 x 32.

    Attributes
    ----------
    time_ms : array, shape (4,)
        Fastest forward call, in the order of ``ARMS``: other work on a server only adds time.
    difference : float
        Largest difference between the outputs of evaluation and of the folded layer.
    block : Block
        Outputs and gradients of conv + BN + ReLU.
    """

    time_ms: NDArray[np.float64]
    difference: float
    block: Block


@lru_cache(maxsize=64)
def measure(channels: int, seed: int) -> Cost:
    """Measure once for each layer: a clock never gives the same number twice."""
    rng = np.random.default_rng(seed)
    x_NCHW = rng.normal(size=SHAPE).astype(np.float32)
    conv = Conv2d(SHAPE[1], channels, 3, padding=1, rng=rng)
    train, norm = BatchNorm2d(channels), BatchNorm2d(channels)
    norm(conv(x_NCHW))
    norm.eval()
    folded = fold_into_preceding(conv, norm)
    calls: tuple[Callable[[], Any], ...] = (
        lambda: conv(x_NCHW),
        lambda: train(conv(x_NCHW)),
        lambda: norm(conv(x_NCHW)),
        lambda: folded(x_NCHW),
    )
    time_ms = np.min([[_time_ms(call) for call in calls] for _ in range(N_ROUNDS)], axis=0)
    difference = float(np.abs(norm(conv(x_NCHW)) - folded(x_NCHW)).max())
    return Cost(time_ms, difference, block.measure(channels, seed))


def _time_ms(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
