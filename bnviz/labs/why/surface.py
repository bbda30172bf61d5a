"""The loss about a trained network, over two directions of its weights drawn at random.

Shape legend: G places along a direction, V surfaces (``SURFACES``), N images, D inputs, C units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits
from bnviz.labs.arm import Pieces
from bnviz.labs.why.learner import N_STEPS, WIDTH
from bnviz.labs.why.settings import Settings

Array = NDArray[np.floating]

SURFACES = {"none": ("none", False), "bn": ("bn", False), "kept": ("none", True)}
"""Name -> (norm, whether each weight vector keeps its length)."""
SIDE = 15
"""Places along each direction, from -1 to 1."""
NEAR, FAR = 0.25, 1.0
"""Distances within which the loss is compared; at 1 a direction is as long as the weights."""
N_ASKED = 64
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
        """The loss of the trained networks, shape (V,)."""
        middle = len(self.places) // 2
        centre_V: Array = self.loss[:, middle, middle]
        return centre_V

    @property
    def whole(self) -> bool:
        """Whether every loss is a number."""
        return bool(np.isfinite(self.loss).all())

    @property
    def distances(self) -> Array:
        """The places from the centre outwards, without the centre."""
        return self.places[len(self.places) // 2 + 1 :]

    def range_within(self, distance: float) -> Array:
        """Give highest minus lowest loss up to a distance from the centre, shape (V,).

        Examples
        --------
        >>> places = np.array([-1.0, 0.0, 1.0])
        >>> Surface(places, np.arange(9.0).reshape(1, 3, 3)).range_within(1.0)
        array([6.])
        """
        inside_GG = np.hypot(*np.meshgrid(self.places, self.places)) <= distance + 1e-9
        range_V: Array = np.ptp(self.loss[:, inside_GG], axis=-1)
        return range_V


def measure(settings: Settings) -> Pieces:
    """Train without and with batch norm, then take the loss in the plane of two directions.

    The seed draws the start, the batches and the directions: the same for both networks.
    """
    places = np.linspace(-1, 1, SIDE)
    trained, loss = {}, np.full((len(SURFACES), SIDE, SIDE), np.nan)
    for norm in ("none", "bn"):
        trainer = _trainer(norm, settings)
        while trainer.n_done < N_STEPS:
            before = trainer.n_done
            trainer.advance(CHUNK_STEPS)
            yield None
            if trainer.n_done == before:
                break  # it has diverged
        trained[norm] = trainer.spec, trainer.parameters
    for v, (norm, keep) in enumerate(SURFACES.values()):
        spec, parameters = trained[norm]
        one, other = (directions(parameters.weights, [settings.seed, 17, k]) for k in (0, 1))
        for row, place in enumerate(places):
            weights = moved(parameters.weights, (one, other), (place, places), keep=keep)
            loss[v, row] = losses(spec, parameters, weights)
            yield None
    return Surface(places, loss)


def _trainer(norm: str, settings: Settings) -> Trainer:
    return digits.trainer(
        digits.spec(width=WIDTH, depth=settings.depth, norm=norm, lr=settings.lr),
        batch_size=settings.batch_size,
        n_steps=N_STEPS,
        seed=settings.seed,
    )


def directions(weights: Sequence[Array], seed: Sequence[int]) -> list[Array]:
    """Draw a direction: for each unit a random vector as long as that of its incoming weights.

    Notes
    -----
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
    """Give the weights of a row of places, a layer an entry, shape (G, D, C).

    Parameters
    ----------
    weights : arrays, shape (D, C)
    pair : two directions
    at : tuple of float and array, shape (G,)
        How far along the first, and places along the second.
    keep : bool
        Whether the vector of incoming weights of each unit is brought back to its length.
    """
    first, second_G11 = at[0], at[1][:, None, None]
    new: list[Array] = [
        w + first * d + second_G11 * e for w, d, e in zip(weights, *pair, strict=True)
    ]
    if keep:
        new = [n * _length(w) / _length(n) for n, w in zip(new, weights, strict=True)]
    return new


def _length(weight_DC: Array) -> Array:
    """Give the length of each column."""
    length_1C: Array = np.linalg.norm(weight_DC, axis=-2, keepdims=True)
    return length_1C


def losses(spec: Spec, parameters: Parameters, weights: Sequence[Array]) -> Array:
    """Give the loss of networks that differ in their weights alone, shape (G,), in nats."""
    split, n = data.load("digits"), len(weights[0])
    many = Parameters(spec, np.float32, (n,))
    for mine, values in zip(many.weights, weights, strict=True):
        mine[...] = values
    for bias, one in zip(many.biases, parameters.biases, strict=True):
        if bias is not None:
            bias[...] = one
    many.affine[...] = parameters.affine[:, :, None]
    with np.errstate(all="ignore"):  # the network may have diverged
        logits_GNK = forward(spec, many, split.x_train[:N_ASKED]).logits.astype(np.float64)
    labels_N = split.y_train[:N_ASKED]
    return np.array([cross_entropy(logits_NK, labels_N)[0] for logits_NK in logits_GNK])
