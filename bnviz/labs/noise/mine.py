"""The reader's digit in a batch: what the network says of it, and what one other neighbour changes.

Shape legend: M values of a batch, J neighbours that are replaced, D pixels, K classes.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.mine import Mine, Picture, a, beside, own, softmax
from bnviz.labs.noise.draws import order
from bnviz.labs.noise.networks import BN, trained
from bnviz.labs.noise.settings import SHOWN, Settings
from bnviz.labs.playground import example

OTHERS = 256
"""The images that take a neighbour's place come after this place of the order."""


def measure(settings: Settings, digit: str) -> Pieces:
    """Send the digit through in train mode, and again with each neighbour replaced in turn."""
    n, split = settings.batch_size, data.load("digits")
    network = yield from ask(trained, BN, settings.seed)
    images = order(settings.seed)
    near, others = images[: n - 1], images[OTHERS : OTHERS + min(n - 1, SHOWN)]
    batch_MD = np.concatenate([example.inputs(digit), split.x_train[near]])

    def says(x_MD: Array) -> Array:
        done = forward(network.spec, network.parameters, x_MD)
        return softmax(done.logits[0].astype(float))

    first_K = says(batch_MD)
    best = int(first_K.argmax())
    then_JK = []
    for j, other in enumerate(others):
        changed_MD = batch_MD.copy()
        changed_MD[1 + j] = split.x_train[other]
        then_JK.append(says(changed_MD))
        if j % 8 == 0:
            yield None
    j = int(np.argmin([share_K[best] for share_K in then_JK]))
    then_K, labels = then_JK[j], split.y_train
    after = int(then_K.argmax())
    sentence = (
        f"{own(digit)}: **{first_K[best]:.0%} {a(best)}** beside these {n - 1}; swap the "
        f"{labels[near[j]]} that is marked for {a(int(labels[others[j]]))}: "
        f"**{then_K[after]:.0%} {a(after)}**."
    )
    pictures = beside(near[:SHOWN], marked=j)
    new = Picture(example.training_pixels(int(others[j])), "in its place", marked=True)
    return Mine(sentence.replace("these 1;", "this one;"), (*pictures, new))
