"""A shift at test time: networks trained on clean digits, asked about changed ones.

Shape legend: A arms (``ARMS``), X contrasts, Y brightnesses, L hidden layers, P pictures, D pixels.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.labs.arm import Arm, Pieces, ask, finish
from bnviz.labs.digits import Network, accuracy, network_of
from bnviz.labs.epsilon.bands import Bands, bands
from bnviz.labs.epsilon.networks import BN, LN, N_TEST, NONE, answer, start
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
    bands : Bands
        The accuracies of ten recorded starts.
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
    bands: Bands


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


def trained(norm: str, seed: int) -> Network:
    """Train a network on the clean digits."""
    x_MD = data.load("digits").x_train
    trainer = start(norm, x_MD, depth=DEPTH, width=WIDTH, n_steps=N_STEPS, seed=seed)
    trainer.advance(N_STEPS)
    return network_of(trainer)


def held_out() -> tuple[Array, NDArray[Any]]:
    """Return the held-out pictures and their labels."""
    split = data.load("digits")
    return split.x_test[:N_TEST], split.y_test[:N_TEST]


def right(arm: str, network: Network, point: Point) -> float:
    """Return the share of the changed pictures that an arm answers right."""
    x_ND, labels_N = held_out()
    batch_size = N_TEST if arm == ADAPTED else None
    return accuracy(answer(network, change(x_ND, point), batch_size=batch_size).logits, labels_N)


def network(arm: str, seed: int) -> Pieces:
    """Return the trained network of an arm; both arms with BN have the same one."""
    return (yield from ask(trained, BN if arm == ADAPTED else arm, seed))


def over(arm: str, seed: int, inverted: bool) -> Pieces:
    """Ask an arm at all contrasts, at all brightnesses, and about the unchanged pictures.

    Returns
    -------
    over_contrast, over_brightness : array, shape (X,) and (Y,)
    clean : float
    """
    asked = partial(right, arm, (yield from network(arm, seed)))
    return (
        np.array([asked((contrast, 0.0, inverted)) for contrast in CONTRASTS]),
        np.array([asked((1.0, brightness, inverted)) for brightness in BRIGHTNESSES]),
        asked((1.0, 0.0, False)),
    )


def measure(settings: Settings) -> Pieces:
    """Train and ask one arm after the other; those to come have NaN.

    Returns
    -------
    Shift
    """
    seed, inverted = settings.seed, settings.invert
    point = (settings.contrast, settings.brightness, inverted)
    n, few_PD = len(ARMS), held_out()[0][:N_PICTURES]
    accuracy_A, clean_A = np.full((2, n), np.nan)
    contrast_AX = np.full((n, len(CONTRASTS)), np.nan)
    brightness_AY = np.full((n, len(BRIGHTNESSES)), np.nan)
    offset_spread = np.full((2, 2, DEPTH), np.nan)
    before, after = ink(few_PD), ink(change(few_PD, point))

    def so_far() -> Shift:
        offset, spread = offset_spread.copy()
        return Shift(
            accuracy_A.copy(),
            clean_A.copy(),
            contrast_AX.copy(),
            brightness_AY.copy(),
            offset,
            spread,
            before,
            after,
            *point,
            bands(),
        )

    yield so_far
    for a, arm in enumerate(ARMS):
        net = yield from network(arm, seed)
        contrast_AX[a], brightness_AY[a], clean_A[a] = yield from ask(over, arm, seed, inverted)
        accuracy_A[a] = right(arm, net, point)
        if arm == RUNNING:
            offset_spread[...] = layers(net, point)
        yield so_far
    return so_far()


def ink(x_PD: Array) -> Array:
    """Undo the standardization."""
    ink_MD = data.digits.images()[0].reshape(-1, x_PD.shape[1])[: data.digits.N_TRAIN] / 16.0
    ink_PD: Array = ink_MD.mean(0) + np.sqrt(ink_MD.var(0).mean()) * x_PD
    return ink_PD


def layers(network: Network, point: Point) -> tuple[Array, Array]:
    """Return offset and spread of the normalized values: (2, L) each, running and adapted."""
    x_ND, _ = held_out()
    rows = []
    for batch_size in (None, N_TEST):
        done = answer(network, change(x_ND, point), batch_size=batch_size)
        values = np.array([s.x_hat.reshape(-1, WIDTH) for s in done.statistics], np.float64)
        rows.append([values.mean(1), values.std(1)])
    offset, spread = np.sqrt(np.square(rows).mean(-1)).swapaxes(0, 1)
    return offset, spread


def curves(settings: Settings) -> dict[str, Array]:
    """Return the accuracies over contrast and over brightness, for the record."""
    rows = [finish(Arm(over, (arm, settings.seed, settings.invert))) for arm in ARMS]
    contrast_AX, brightness_AY, _ = zip(*rows, strict=True)
    return {"over_contrast": np.array(contrast_AX), "over_brightness": np.array(brightness_AY)}
