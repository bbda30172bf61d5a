"""What conv + BN costs: in training, in evaluation, and folded into the convolution."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.folding import fold_into_preceding
from bnviz.core.nn import BatchNorm2d, Conv2d
from bnviz.labs.arm import Pieces
from bnviz.labs.systems.block import SHAPE, Block, block
from bnviz.labs.systems.settings import Settings

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


def measure(settings: Settings) -> Pieces:
    """Time four layers in turns, and send images and a gradient through one: a Cost.

    It is not the same again: a clock never gives the same number twice.
    """
    channels, rng = settings.channels, np.random.default_rng(settings.seed)
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
    rounds = []
    for _ in range(N_ROUNDS):
        rounds.append([_time_ms(call) for call in calls])
        yield None
    difference = float(np.abs(norm(conv(x_NCHW)) - folded(x_NCHW)).max())
    seen = yield from block(channels, settings.seed)
    return Cost(np.min(rounds, axis=0), difference, seen)


def _time_ms(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)
