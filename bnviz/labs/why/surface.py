"""The loss about a trained network, over two directions of its weights drawn at random.

Shape legend: G places along a direction, V surfaces (``SURFACES``), N images, D inputs, C units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.labs.arm import Pieces
from bnviz.labs.copies import copies
from bnviz.labs.why.learner import N_STEPS
from bnviz.labs.why.settings import Settings
from bnviz.labs.why.snapshots import trainer

SURFACES = {"none": ("none", False), "bn": ("bn", False), "kept": ("none", True)}
"""Name -> (norm, whether each weight vector keeps its length)."""
SIDE = 15
"""Places along each direction, from -1 to 1."""
NEAR, FAR = 0.25, 1.0
"""Distances within which the loss is compared; at 1 a direction is as long as the weights."""
N_IMAGES = 64
"""Training images behind each loss, normalized as one batch."""
CHUNK_STEPS = 20


@dataclass(frozen=True, eq=False)
class Surface:
    """The loss over two directions, in nats.

    Attributes
    ----------
    places : array, shape (G,)
        Along each direction; 1 is a step as long as the weights themselves.
    loss : array, shape (V, G, G)
        NaN if the network diverged in training.
    """

    places: Array
    loss: Array

    @property
    def centre(self) -> Array:
        """Return the loss of the trained networks, shape (V,)."""
        middle = len(self.places) // 2
        return self.loss[:, middle, middle]

    @property
    def whole(self) -> bool:
        """Return whether every loss is a number."""
        return bool(np.isfinite(self.loss).all())

    @property
    def distances(self) -> Array:
        """Return the places from the centre outwards, without the centre."""
        return self.places[len(self.places) // 2 + 1 :]

    def range_within(self, distance: float) -> Array:
        """Return highest minus lowest loss up to a distance from the centre, shape (V,).

        Examples
        --------
        >>> places = np.array([-1.0, 0.0, 1.0])
        >>> Surface(places, np.arange(9.0).reshape(1, 3, 3)).range_within(1.0)
        array([6.])
        """
        inside_GG = np.hypot(*np.meshgrid(self.places, self.places)) <= distance + 1e-9
        return np.ptp(self.loss[:, inside_GG], axis=-1)


def measure(settings: Settings) -> Pieces:
    """Train without and with batch norm, then take the loss in the plane of two directions.

    The seed draws the start, the batches and the directions: the same for both networks.
    """
    places = np.linspace(-1, 1, SIDE)
    trained, loss = {}, np.full((len(SURFACES), SIDE, SIDE), np.nan)
    for norm in ("none", "bn"):
        training = trainer(norm, settings)
        while training.n_done < N_STEPS:
            before = training.n_done
            training.advance(CHUNK_STEPS)
            yield None
            if training.n_done == before:
                break  # it has diverged
        trained[norm] = training.spec, training.parameters
    for v, (norm, keep) in enumerate(SURFACES.values()):
        spec, parameters = trained[norm]
        one, other = (directions(parameters.weights, [settings.seed, 17, k]) for k in (0, 1))
        for row, place in enumerate(places):
            weights = moved(parameters.weights, (one, other), (place, places), keep=keep)
            loss[v, row] = losses(spec, parameters, weights)
            yield None
    return Surface(places, loss)


def directions(weights: Sequence[Array], seed: Sequence[int]) -> list[Array]:
    """Return a direction: for each unit a random vector as long as its incoming weights.

    "Filter normalization" of Li et al. 2018, section 4. Biases, gamma and beta do not move.
    """
    rng = np.random.default_rng(seed)
    drawn = [rng.normal(size=weight_DC.shape) for weight_DC in weights]
    return [d * _length(w) / _length(d) for d, w in zip(drawn, weights, strict=True)]


def moved(
    weights: Sequence[Array],
    pair: tuple[Sequence[Array], Sequence[Array]],
    at: tuple[float, Array],
    *,
    keep: bool,
) -> list[Array]:
    """Return the weights of a row of places, a layer an entry, shape (G, D, C).

    ``at`` is how far to go along the first direction of the pair, and the places along the second,
    shape (G,). With ``keep`` each unit's vector of incoming weights is brought back to its length.
    """
    first, second_G11 = at[0], at[1][:, None, None]
    new: list[Array] = [
        w + first * d + second_G11 * e for w, d, e in zip(weights, *pair, strict=True)
    ]
    if keep:
        new = [n * _length(w) / _length(n) for n, w in zip(new, weights, strict=True)]
    return new


def _length(weight_DC: Array) -> Array:
    """Return the length of each column."""
    return np.linalg.norm(weight_DC, axis=-2, keepdims=True)


def losses(spec: Spec, parameters: Parameters, weights: Sequence[Array]) -> Array:
    """Return the loss of networks that differ in their weights alone, shape (G,), in nats."""
    split, many = data.load("digits"), copies(spec, parameters, len(weights[0]))
    for mine, values in zip(many.weights, weights, strict=True):
        mine[...] = values
    with np.errstate(all="ignore"):  # the network may have diverged
        logits_GNK = forward(spec, many, split.x_train[:N_IMAGES]).logits.astype(np.float64)
    labels_N = split.y_train[:N_IMAGES]
    return np.array([cross_entropy(logits_NK, labels_N)[0] for logits_NK in logits_GNK])
