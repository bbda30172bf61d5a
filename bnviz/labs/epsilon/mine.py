"""The reader's digit, changed as the settings say: what each network makes of it.

Shape legend: A arms, P pictures, D pixels, K classes.
"""

import numpy as np

from bnviz.labs.arm import Pieces
from bnviz.labs.epsilon.networks import answer
from bnviz.labs.epsilon.settings import Settings
from bnviz.labs.epsilon.shift import ADAPTED, ARMS, change, held_out, network
from bnviz.labs.mine import Mine, a, own, picture, softmax
from bnviz.labs.playground import example


def measure(settings: Settings, digit: str) -> Pieces:
    """Ask all networks about the changed digit; the adapted one sees it beside 256 others."""
    point = (settings.contrast, settings.brightness, settings.invert)
    x_1D = example.inputs(digit)
    with_others_PD = change(np.concatenate([x_1D, held_out()[0]]), point)
    said = []
    for arm, name in ARMS.items():
        net = yield from network(arm, settings.seed)
        asked = with_others_PD if arm == ADAPTED else with_others_PD[:1]
        done = answer(net, asked, batch_size=len(asked) if arm == ADAPTED else None)
        share_K = softmax(done.logits[0].astype(float))
        best = int(share_K.argmax())
        said.append(f"{name}: **{a(best)}** ({share_K[best]:.0%})")
        yield None
    sentence = f"{own(digit)}, changed as the pictures are. {'; '.join(said)}."
    pictures = (picture(x_1D[0], "as it is"), picture(with_others_PD[0], "changed", marked=True))
    return Mine(sentence, pictures)
