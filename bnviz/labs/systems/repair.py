"""The published class after each repair, beside the layer of the core; and each fault alone.

Letters: **K** repairs and what was published, **Q** quantities, **F** faults.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.nn import BatchNorm1d, BatchNorm2d
from bnviz.labs.systems.published import EPS, MOMENTUM, ONE_FAULT, REPAIRS, Learning, Published
from bnviz.labs.systems.settings import Settings

Array = NDArray[np.float64]
STEPS = tuple(REPAIRS)
QUANTITIES = ("output", "dx", "dγ", "dβ", "running mean", "running variance")
N, C, H, W = 8, 5, 3, 4


@dataclass(frozen=True, eq=False)
class Repair:
    """Largest differences from the layer of the core.

    Attributes
    ----------
    rows, images : array, shape (K, Q)
        On batches N x C and N x C x H x W, as published and after each repair; NaN for what the
        class does not give. The output is that of evaluation and, once there is one, of training.
    alone : array, shape (F,)
        Of the outputs in evaluation, with one fault only.
    """

    rows: Array
    images: Array
    alone: Array

    @property
    def on_images(self) -> Array:
        """The largest of each row of ``images``, shape (K,)."""
        return np.asarray(self.images.max(axis=1))

    @property
    def last(self) -> float:
        """The largest of all differences after the last repair."""
        return float(max(self.rows[-1].max(), self.on_images[-1]))


@dataclass(frozen=True, eq=False)
class Batches:
    """What all classes see: batches to train on, one to evaluate, a gradient from above, γ, β."""

    x_TNC: Array
    new: Array
    dy: Array
    gamma: Array
    beta: Array

    @classmethod
    def draw(cls, n_batches: int, shape: tuple[int, ...], rng: np.random.Generator) -> "Batches":
        """Return batches that are the same for the same generator."""
        x = rng.normal(2.0, 3.0, size=(n_batches + 1, *shape))
        return cls(x[:-1], x[-1], rng.normal(size=shape), *rng.normal(1.0, 0.3, size=(2, shape[1])))


def measure(settings: Settings) -> Repair:
    """Compare the class after each repair with the layer of the core on equal batches."""
    rng = np.random.default_rng(settings.seed)
    rows = Batches.draw(settings.n_batches, (N, C), rng)
    images = Batches.draw(settings.n_batches, (N, C, H, W), rng)
    wanted = reference(BatchNorm1d(C, EPS, MOMENTUM, dtype=np.float64), rows)
    wanted_images = reference(BatchNorm2d(C, EPS, MOMENTUM, dtype=np.float64), images)
    return Repair(
        np.array([differences(values(kind, rows), wanted) for kind in REPAIRS.values()]),
        np.array([differences(values(kind, images), wanted_images) for kind in REPAIRS.values()]),
        np.array([differences(values(k, rows)[:1], wanted)[0] for k in ONE_FAULT.values()]),
    )


def reference(norm: BatchNorm1d | BatchNorm2d, batches: Batches) -> list[Array]:
    """Return what the layer of the core makes of the batches, in the order of ``QUANTITIES``."""
    norm.weight, norm.bias = batches.gamma, batches.beta
    for x in batches.x_TNC:
        trained = norm(x)
    dx = norm.backward(batches.dy)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    statistics = [norm.running_mean, norm.running_var]
    outputs = np.stack([norm.eval()(batches.new), trained])
    return [outputs, dx, norm.grads["weight"], norm.grads["bias"], *statistics]


def values(kind: type[Published], batches: Batches) -> list[Array | None]:
    """Return what a class makes of the batches, in the order of ``QUANTITIES``.

    None stands for what it does not give: no gradients before there is a backward pass, and
    nothing at all where it refuses the shape.
    """
    norm = kind(batches.gamma, batches.beta)
    try:
        if isinstance(norm, Learning):
            for x in batches.x_TNC:
                trained = norm.forward(x)
            dx = norm.backward(batches.dy)
            outputs = np.stack([norm.transform(batches.new), trained])
            return [outputs, dx, norm.dgamma, norm.dbeta, norm.running_mean, norm.running_var]
        for x in batches.x_TNC:
            norm.fit(x)
        outputs = norm.transform(batches.new)[None]
        return [outputs, None, None, None, norm.running_mean, norm.running_var]
    except ValueError:
        return [None] * len(QUANTITIES)


def differences(found: list[Array | None], wanted: list[Array]) -> list[float]:
    """Return the largest difference of each quantity; NaN for what is not there."""
    return [
        np.nan if each is None else float(np.abs(each - right[: len(each)]).max())
        for each, right in zip(found, wanted, strict=False)
    ]
