"""Replace one sample of a batch, and see how far the outputs of the others move.

Shape legend: B batch, J samples that are replaced, I samples that are watched, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.labs.noise.follow import order
from bnviz.labs.noise.networks import BN, digits, layer_normed, trained
from bnviz.labs.noise.settings import EVAL, LN, MODES, SHOWN, TRAIN, Settings

LARGEST = 256
"""The images that replace others come after this place of the order."""


@dataclass(frozen=True, eq=False)
class Influence:
    """What the replacement of a sample does to the others.

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


def influence(settings: Settings) -> Influence:
    """Replace the samples of a batch, one after the other, by other images.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Influence

    Notes
    -----
    Batches of one shape go through the network one after the other, so that a sample which nothing
    reaches gives the same bits again: zero is zero, not 1e-7.

    Examples
    --------
    >>> found = influence(Settings(batch_size=4))
    >>> found.mean["train"] > 1, found.largest["eval"], found.largest["ln"]
    (True, 0.0, 0.0)
    """
    n, seed = settings.batch_size, settings.seed
    images = order(seed)
    labels = digits().y_train[images]
    shown = min(n, SHOWN)
    moved = {mode: _moved(mode, n, seed) for mode in MODES}
    j = min(settings.sample, n) - 1
    logits = _logits(settings.norm, n, seed)
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


def _moved(mode: str, n: int, seed: int) -> Array:
    """Return by how much sample i moves when sample j is replaced, shape (J, I)."""
    logits = _logits(mode, n, seed)
    shown = len(logits) - 1
    distance: Array = np.linalg.norm(logits[1:, :shown] - logits[0, :shown], axis=-1)
    np.fill_diagonal(distance, np.nan)
    return distance


@lru_cache(maxsize=24)
def _logits(mode: str, n: int, seed: int) -> Array:
    """Return the logits of the batch, and of the batch with each sample replaced: (1 + J, B, K)."""
    images, x = order(seed), digits().x_train
    network = _network(mode, seed)
    batch_BD = x[images[:n]]
    done = [network(batch_BD)]
    for j in range(min(n, SHOWN)):
        changed_BD = batch_BD.copy()
        changed_BD[j] = x[images[LARGEST + j]]
        done.append(network(changed_BD))
    logits: Array = np.array(done)
    logits.setflags(write=False)
    return logits


def _network(mode: str, seed: int) -> Callable[[Array], Array]:
    """Return the network of a mode, from images to logits."""
    if mode == LN:
        return layer_normed(seed).forward
    network = trained(BN, seed)
    running = {TRAIN: None, EVAL: network.running_stats}[mode]
    return lambda x: forward(network.spec, network.parameters, x, running_stats=running).logits


def _softmax(logits: Array) -> Array:
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    shares: Array = odds / odds.sum(-1, keepdims=True)
    return shares
