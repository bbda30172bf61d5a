"""What skip connections do: the variance of the stream, and its gradient, block by block.

Shape legend: N batch, C width, L blocks.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from bnviz.labs.arm import Pieces
from bnviz.labs.signal.examples import draw
from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.stack import Array, Stack, backward, forward


@dataclass(frozen=True, eq=False)
class Stream:
    """Blocks of BN, ReLU and weights on a stream that starts with variance 1.

    Attributes
    ----------
    variance : dict of str to array, shape (L + 1,)
        Mean square of the stream after 0, 1, ... blocks, with BN ("bn") and without ("none").
    gradient : dict of str to array, shape (L + 1,)
        Norm of the gradient in the stream over that at its end, with BN, without, and where BN is
        there and the skips are not ("plain").
    expected : dict of str to array, shape (L + 1,)
        What the variance is on average over networks: linear with BN, exponential without.
    """

    variance: dict[str, Array]
    gradient: dict[str, Array]
    expected: dict[str, Array]


def measure(settings: Settings) -> Pieces:
    """Measure a batch of digits along the stream, and an unrelated gradient: a `Stream`.

    The activation is ReLU whatever the settings say. A block's branch adds ``init_scale ** 2``
    times what comes out of He's weights: 1 behind BN and ReLU, and the variance of the stream
    itself without BN.
    """
    rng = np.random.default_rng([settings.seed, 4])
    x_ND, _ = draw(rng, settings.batch_size)
    x_ND /= np.sqrt((x_ND**2).mean())
    d, c = x_ND.shape[1], settings.width
    stem = rng.standard_normal((d, c)) * sqrt(1 / d)
    he = settings.init_scale * sqrt(2 / c)
    weights = [stem, *(rng.standard_normal((c, c)) * he for _ in range(settings.depth))]
    above_NC = rng.standard_normal((len(x_ND), c))
    variance, gradient = {}, {}
    for name, bn, skip in (("bn", True, True), ("none", False, True), ("plain", True, False)):
        yield None
        stack = Stack(weights, "relu", bn, skip)
        done = forward(stack, x_ND)
        signal_L = backward(stack, done, above_NC, weights=False).signal
        gradient[name] = signal_L / signal_L[-1]
        if skip:
            variance[name] = np.array([(h**2).mean() for h in done.out])
    blocks, added = np.arange(settings.depth + 1), settings.init_scale**2
    return Stream(variance, gradient, {"bn": 1 + added * blocks, "none": (1 + added) ** blocks})
