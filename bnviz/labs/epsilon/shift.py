"""A shift at test time: networks trained on clean digits, asked about changed ones.

Shape legend: A arms (``ARMS``), X contrasts, Y brightnesses, L hidden layers, P pictures, D pixels.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.train.trainer import Trainer
from bnviz.labs.epsilon.networks import BN, LN, N_TEST, NONE, accuracy, answer, start
from bnviz.labs.epsilon.settings import BRIGHTNESSES, CONTRASTS, Settings

RUNNING, ADAPTED = "bn", "adapted"
ARMS = {
    RUNNING: "BN, running statistics",
    ADAPTED: "BN, statistics adapted to the changed pictures",
    LN: "layer norm",
    NONE: "no norm",
}
DEPTH, WIDTH, N_STEPS = 5, 64, 200
N_PICTURES = 6
Point = tuple[float, float, bool]
"""Contrast, brightness, and whether the picture is inverted."""


@dataclass(frozen=True, eq=False)
class Shift:
    """What the shift does. A network that is not trained yet has NaN everywhere.

    Attributes
    ----------
    accuracy : array, shape (A,)
        At the contrast and the brightness of the settings.
    clean : array, shape (A,)
        On the unchanged pictures.
    over_contrast : array, shape (A, X)
        At all contrasts, with brightness 0; inverted if the settings say so.
    over_brightness : array, shape (A, Y)
        At all brightnesses, with contrast 1; inverted if the settings say so.
    offset, spread : array, shape (2, L)
        Of the normalized values of each layer, for BN with running and with adapted statistics:
        root mean square over the units of their mean and of their standard deviation. Both would
        be 0 and 1 if the statistics were those of the pictures.
    before, after : array, shape (P, D)
        A few of the pictures in ink: 0 is none and 1 is full, and the change may go beyond.
    contrast, brightness : float
    inverted : bool
    """

    accuracy: Array
    clean: Array
    over_contrast: Array
    over_brightness: Array
    offset: Array
    spread: Array
    before: Array
    after: Array
    contrast: float
    brightness: float
    inverted: bool


def change(x: Array, point: Point) -> Array:
    """Change the contrast and the brightness of pictures.

    Parameters
    ----------
    x : array
        Standardized pictures: 0 is the average picture, 1 a standard deviation.
    point : tuple
        Contrast, brightness, and whether to invert.

    Returns
    -------
    array
        ``contrast * x + brightness``, with ``-x`` in the place of ``x`` where inverted.

    Examples
    --------
    >>> change(np.array([-1.0, 2.0]), (0.5, 1.0, True))
    array([1.5, 0. ])
    """
    contrast, brightness, inverted = point
    sign = -1 if inverted else 1
    factor, term = np.array([sign * contrast, brightness], x.dtype)
    changed: Array = factor * x + term
    return changed


@lru_cache(maxsize=16)
def trained(norm: str, seed: int) -> Trainer:
    """Train a network on the clean digits; nobody may change what this gives."""
    x_MD = data.load("digits").x_train
    trainer = start(norm, x_MD, depth=DEPTH, width=WIDTH, n_steps=N_STEPS, seed=seed)
    trainer.advance(N_STEPS)
    return trainer


def held_out() -> tuple[Array, NDArray[Any]]:
    """Give the held-out pictures and their labels."""
    split = data.load("digits")
    return split.x_test[:N_TEST], split.y_test[:N_TEST]


@lru_cache(maxsize=4096)
def right(arm: str, seed: int, point: Point) -> float:
    """Give the share of the changed pictures that an arm answers right."""
    x_ND, labels_N = held_out()
    trainer = trained(BN if arm == ADAPTED else arm, seed)
    batch_size = N_TEST if arm == ADAPTED else None
    return accuracy(answer(trainer, change(x_ND, point), batch_size=batch_size), labels_N)


def measure(settings: Settings, arms: tuple[str, ...] = tuple(ARMS)) -> Shift:
    """Ask the arms that are named; the others stay NaN.

    Parameters
    ----------
    settings : Settings
    arms : tuple of str
        Keys of ``ARMS``.

    Returns
    -------
    Shift
    """
    contrast, brightness, inverted, seed = (
        settings.contrast, settings.brightness, settings.invert, settings.seed,
    )  # fmt: skip
    point = (contrast, brightness, inverted)

    def asked(points: list[Point]) -> Array:
        rows = [
            [right(arm, seed, p) for p in points] if arm in arms else [np.nan] * len(points)
            for arm in ARMS
        ]
        return np.array(rows)

    x_ND, _ = held_out()
    few_PD = x_ND[:N_PICTURES]
    offset, spread = layers(seed, point) if RUNNING in arms else np.full((2, 2, DEPTH), np.nan)
    return Shift(
        accuracy=asked([point])[:, 0],
        clean=asked([(1.0, 0.0, False)])[:, 0],
        over_contrast=asked([(c, 0.0, inverted) for c in CONTRASTS]),
        over_brightness=asked([(1.0, b, inverted) for b in BRIGHTNESSES]),
        offset=offset,
        spread=spread,
        before=ink(few_PD),
        after=ink(change(few_PD, point)),
        contrast=contrast,
        brightness=brightness,
        inverted=inverted,
    )


def ink(x_PD: Array) -> Array:
    """Undo the standardization."""
    ink_MD = data.digits.images()[0].reshape(-1, x_PD.shape[1])[: data.digits.N_TRAIN] / 16.0
    ink_PD: Array = ink_MD.mean(0) + np.sqrt(ink_MD.var(0).mean()) * x_PD
    return ink_PD


@lru_cache(maxsize=64)
def layers(seed: int, point: Point) -> tuple[Array, Array]:
    """Give offset and spread of the normalized values: (2, L) each, running and adapted."""
    x_ND, _ = held_out()
    rows = []
    for batch_size in (None, N_TEST):
        done = answer(trained(BN, seed), change(x_ND, point), batch_size=batch_size)
        values = np.array([s.x_hat.reshape(-1, WIDTH) for s in done.statistics], np.float64)
        rows.append([values.mean(1), values.std(1)])
    offset, spread = np.sqrt(np.square(rows).mean(-1)).swapaxes(0, 1)
    return offset, spread


def curves(settings: Settings) -> dict[str, Array]:
    """Give the accuracies over contrast and over brightness, for the record."""
    found = measure(settings)
    return {"over_contrast": found.over_contrast, "over_brightness": found.over_brightness}
