"""Replace one sample of a batch, and see how far the outputs of the others move.

Shape legend: B batch, J samples that are replaced, I samples that are watched, K classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.noise.draws import order
from bnviz.labs.noise.networks import BN, layer_normed, trained
from bnviz.labs.noise.settings import EVAL, LN, MODES, SHOWN, Settings

LARGEST = 256
"""The images that replace others come after this place of the order."""
PAUSE = 8
"""Samples that are replaced between two pauses."""


@dataclass(frozen=True, eq=False)
class Influence:
    """The other samples when one is replaced.

    Attributes
    ----------
    n : int
        Samples of the batch.
    labels : array of int, shape (I,)
        The digits of those that are watched: the first 32 of the batch.
    replaced : int
        The chosen sample, counted from 1.
    new_label : int
        The digit that takes its place.
    moved : dict of str to array, shape (J, I)
        For each mode: distance, in the K logits, by which sample i moves when j is replaced; NaN
        on the diagonal.
    mean, largest : dict of str to float
        For each mode, over all pairs.
    before, after : arrays, shape (I,)
        Probability that the network gives the right digit, in the chosen mode, before and after
        the chosen sample is replaced. NaN at the sample itself.
    n_flips : int
        How many of all the others get another answer through it.
    others_moved : float
        Mean distance by which all the others move through it.
    """

    n: int
    labels: NDArray[np.int64]
    replaced: int
    new_label: int
    moved: dict[str, Array]
    mean: dict[str, float]
    largest: dict[str, float]
    before: Array
    after: Array
    n_flips: int
    others_moved: float


def measure(settings: Settings) -> Pieces:
    """Replace the samples of a batch, one after the other, by other images.

    Batches of one shape go through the network one after the other, so that a sample which nothing
    reaches gives the same bits again: zero is zero, not 1e-7.
    """
    n, seed = settings.batch_size, settings.seed
    images = order(seed)
    labels = data.load("digits").y_train[images]
    shown = min(n, SHOWN)
    found = {}
    for mode in MODES:
        found[mode] = yield from ask(outputs, mode, n, seed)
    moved = {mode: distances(logits) for mode, logits in found.items()}
    j = min(settings.sample, n) - 1
    logits = found[settings.norm]
    first, then = logits[0], logits[1 + j]
    right = np.arange(shown), labels[:shown]
    before, after = (_softmax(each[:shown])[right] for each in (first, then))
    before[j] = after[j] = np.nan
    others = np.arange(n) != j
    flips = (first.argmax(-1) != then.argmax(-1))[others]
    return Influence(
        n=n,
        labels=labels[:shown],
        replaced=j + 1,
        new_label=int(labels[LARGEST + j]),
        moved=moved,
        mean={mode: float(np.nanmean(each)) for mode, each in moved.items()},
        largest={mode: float(np.nanmax(each)) for mode, each in moved.items()},
        before=before,
        after=after,
        n_flips=int(flips.sum()),
        others_moved=float(np.linalg.norm((then - first)[others], axis=-1).mean()),
    )


def distances(logits: Array) -> Array:
    """Return by how much sample i moves when sample j is replaced, shape (J, I)."""
    shown = len(logits) - 1
    distance: Array = np.linalg.norm(logits[1:, :shown] - logits[0, :shown], axis=-1)
    np.fill_diagonal(distance, np.nan)
    return distance


def outputs(mode: str, n: int, seed: int) -> Pieces:
    """Return the logits of the batch, and of the batch with each sample replaced: (1 + J, B, K)."""
    images, x = order(seed), data.load("digits").x_train
    network = yield from _network(mode, seed)
    batch_BD = x[images[:n]]
    done = [network(batch_BD)]
    for j in range(min(n, SHOWN)):
        changed_BD = batch_BD.copy()
        changed_BD[j] = x[images[LARGEST + j]]
        done.append(network(changed_BD))
        if j % PAUSE == 0:
            yield None
    logits: Array = np.array(done)
    logits.setflags(write=False)
    return logits


def _network(mode: str, seed: int) -> Pieces:
    """Return the network of a mode, a function from images to logits."""
    if mode == LN:
        return (yield from ask(layer_normed, seed)).forward
    network = yield from ask(trained, BN, seed)
    parameters, running = network.parameters, network.running_stats if mode == EVAL else None
    return lambda x: forward(network.spec, parameters, x, running_stats=running).logits


def _softmax(logits: Array) -> Array:
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return odds / odds.sum(-1, keepdims=True)
