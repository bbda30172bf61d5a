"""Inputs of unequal scale: batch norm inside the network beside standardized inputs.

Shape legend: A arms (``ARMS``), T looks, D pixels, M training examples, N held-out examples.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import loss_and_accuracy
from bnviz.labs.arm import Arm, Pieces, finish
from bnviz.labs.digits import accuracy, network_of
from bnviz.labs.epsilon.bands import Bands, bands
from bnviz.labs.epsilon.networks import BATCH_SIZE, BN, N_TEST, NONE, answer, start
from bnviz.labs.epsilon.settings import Settings
from bnviz.labs.turns import in_turn

ARMS = {
    "neither": "plain network",
    "hidden": "BN in the hidden layers",
    "input": "inputs standardized",
    "both": "both",
}
DEPTH, WIDTH, N_STEPS, LOOK_EVERY = 3, 32, 200, 10
GUESSING = 0.1
"""Accuracy of a network that says the same of every digit, or diverged."""
STEPS = np.arange(0, N_STEPS + 1, LOOK_EVERY)


@dataclass(frozen=True, eq=False)
class Scales:
    """What unequal scales do. A network that is not trained yet has NaN everywhere.

    Attributes
    ----------
    accuracy : array, shape (A,)
        Of the held-out digits at the end, in evaluation mode; ``GUESSING`` after a divergence.
    loss : array, shape (A, T)
        Of held-out digits in batches of the training size, each with its own statistics, in nats.
    diverged_at : tuple of int or None, one for each arm
    pixel_std : array, shape (2, D)
        Standard deviation of each pixel over the training digits, ascending: as the network
        without standardized inputs gets them, and standardized.
    bands : Bands
        The accuracies of ten recorded starts.
    """

    accuracy: Array
    loss: Array
    diverged_at: tuple[int | None, ...]
    pixel_std: Array
    bands: Bands


def scaled(spread: float, seed: int) -> tuple[Array, Array]:
    """Return the training and the held-out digits, each pixel multiplied by a scale of its own."""
    split = data.load("digits")
    exponents_D = np.random.default_rng([seed, 27]).normal(size=split.x_train.shape[1])
    scale_D = np.power(10.0, spread * exponents_D).astype(np.float32)
    return split.x_train * scale_D, split.x_test[:N_TEST] * scale_D


def standardize_inputs(x_MD: Array, x_ND: Array) -> tuple[Array, Array]:
    """Return each input centred and divided by its own deviation, both of the training part."""
    mean_D, std_D = x_MD.mean(0), x_MD.std(0)
    std_D = np.where(std_D > 0, std_D, 1)
    return (x_MD - mean_D) / std_D, (x_ND - mean_D) / std_D


def learned(arm: str, spread: float, seed: int) -> Pieces:
    """Train one arm, and return accuracy, loss (T,) and the step of a divergence or None."""
    x_MD, x_ND = scaled(spread, seed)
    if arm in ("input", "both"):
        x_MD, x_ND = standardize_inputs(x_MD, x_ND)
    norm = BN if arm in ("hidden", "both") else NONE
    trainer = start(norm, x_MD, depth=DEPTH, width=WIDTH, n_steps=N_STEPS, seed=seed)
    labels_N = data.load("digits").y_test[:N_TEST]
    loss_T = np.full(len(STEPS), np.nan)
    for t, step in enumerate(STEPS):
        trainer.advance(int(step) - trainer.n_done)
        if trainer.diverged_at is not None:
            return GUESSING, loss_T, trainer.diverged_at
        network = network_of(trainer)
        logits = answer(network, x_ND, batch_size=BATCH_SIZE).logits
        with np.errstate(all="ignore"):
            loss_T[t], _ = loss_and_accuracy(logits, labels_N)
        yield None
    return accuracy(answer(network, x_ND).logits, labels_N), loss_T, None


def measure(settings: Settings) -> Pieces:
    """Train one arm after the other: `Scales`."""
    x_MD, x_ND = scaled(settings.spread, settings.seed)
    own_MD, _ = standardize_inputs(x_MD, x_ND)
    pixel_std = np.sort([x_MD.std(0), own_MD.std(0)], axis=-1)

    def into(found: list[Any]) -> Scales:
        accuracy_A, loss_AT, diverged_at = zip(*found, strict=True)
        return Scales(np.array(accuracy_A), np.array(loss_AT), diverged_at, pixel_std, bands())

    return in_turn(arms(settings), (np.nan, np.full(len(STEPS), np.nan), None), into)


def arms(settings: Settings) -> list[Arm]:
    """Return the training of each arm."""
    return [Arm(learned, (arm, settings.spread, settings.seed)) for arm in ARMS]


def accuracies(settings: Settings) -> dict[str, Array]:
    """Return the accuracy of each arm, for the record."""
    return {"accuracy": np.array([finish(arm)[0] for arm in arms(settings)])}
