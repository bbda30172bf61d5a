"""The reader's digit in place of the 3: how far from the 8 it still is at the last layer.

Shape legend: N examples, D pixels.
"""

import numpy as np

from bnviz.core.network.init import mlp_weights
from bnviz.labs.arm import Pieces
from bnviz.labs.mine import Mine, own, picture
from bnviz.labs.playground import example
from bnviz.labs.signal.examples import draw
from bnviz.labs.signal.layers import N_CLASSES, distance
from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.stack import Stack, forward
from bnviz.numerals import short


def measure(settings: Settings, digit: str) -> Pieces:
    """Send the digit and the 8 through both networks, in the batch of the view."""
    s = settings
    x_ND, _ = draw(np.random.default_rng([s.seed, 2]), s.batch_size)
    three, eight = picture(x_ND[0], "the 3"), picture(x_ND[1], "the 8")
    x_ND[0] = example.inputs(digit)[0]
    sizes = (x_ND.shape[1], *(s.width,) * s.depth, N_CLASSES)
    *weights, _ = mlp_weights(sizes, s.activation, 1.0, s.seed)
    apart = []
    for bn in (True, False):
        yield None
        done = forward(Stack(weights, s.activation, bn, s.skips, s.init_scale), x_ND)
        apart.append(float(distance(done.out[-1])))
    with_bn, without = map(short, apart)
    sentence = (
        f"{own(digit)} in place of the 3: at layer {s.depth} it and the 8 differ by **{with_bn}** "
        f"of their size with BN, by **{without}** without."
    )
    return Mine(sentence, (three, eight, picture(x_ND[0], "yours", marked=True)))
