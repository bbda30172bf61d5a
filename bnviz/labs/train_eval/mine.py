"""The reader's digit in train mode, where its answer may change with its neighbours.

Shape legend: R batches, N batch, D pixels, K classes.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Pieces
from bnviz.labs.mine import Mine, Picture, a, beside, own, softmax
from bnviz.labs.playground import example
from bnviz.labs.train_eval.convention import Convention
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.training import N_STEPS, Training

N_BATCHES = 200
MOST_SHOWN = 8


def measure(settings: Settings, digit: str) -> Pieces:
    """Ask the trained network once in eval mode, and beside many draws of neighbours."""
    s = settings
    convention = Convention(s.momentum, s.start, s.variance)
    training = Training(s.batch_size, s.seed, frozen_after=s.frozen_after, convention=convention)
    while training.n_done < N_STEPS:
        training.step()
        if training.n_done % 30 == 0:
            yield None
    network, x_train = training.network, data.load("digits").x_train
    x_1D = example.inputs(digit).astype(float)
    of = network.spec, network.parameters
    eval_K = softmax(forward(*of, x_1D, running_stats=training.kept.value).logits[0])
    rng = np.random.default_rng([s.seed, 15])
    near_RN = rng.integers(len(x_train), size=(N_BATCHES, s.batch_size - 1))
    answers = np.empty(N_BATCHES, int)
    for r, near_N in enumerate(near_RN):
        answers[r] = forward(*of, np.concatenate([x_1D, x_train[near_N]])).logits[0].argmax()
        if r % 40 == 0:
            yield None
    best = int(eval_K.argmax())
    changed = answers != best
    share = changed.mean()
    end = "its answer is the same beside all of them"
    shown = 0
    if changed.any():
        counts = np.bincount(answers[changed], minlength=10)
        end = f"**{share:.0%}** of them change its answer, most often to {a(int(counts.argmax()))}"
        shown = int(np.flatnonzero(answers == counts.argmax())[0])
    others = "one other digit" if s.batch_size == 2 else f"{s.batch_size - 1} other digits"
    sentence = (
        f"{own(digit)} is **{a(best)}** in eval mode ({eval_K[best]:.0%}). In train mode it was "
        f"asked beside {N_BATCHES} draws of {others}: {end}."
    )
    said = f"beside these: {a(int(answers[shown]))}"
    pictures = beside(near_RN[shown][:MOST_SHOWN])
    return Mine(sentence, (Picture(example.pixels(digit), said, marked=True), *pictures))
