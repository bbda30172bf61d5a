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
from bnviz.labs.digits import Network, accuracy, ink, network_of
from bnviz.labs.epsilon.bands import Bands, bands
from bnviz.labs.epsilon.networks import BN, LN, N_TEST, NONE, answer, start
from bnviz.labs.epsilon.settings import BRIGHTNESSES, CONTRASTS, Settings
from bnviz.labs.turns import in_turn

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
    bands: Bands


def change(x: Array, point: Point) -> Array:
    """Return standardized pictures changed: ``contrast * x + brightness``, ``-x`` if inverted."""
    contrast, brightness, inverted = point
    factor, term = np.array([-contrast if inverted else contrast, brightness], x.dtype)
    return factor * x + term


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
    """Return the accuracy of an arm at all contrasts, at all brightnesses, and unchanged."""
    at = partial(right, arm, (yield from network(arm, seed)))
    return (
        np.array([at((contrast, 0.0, inverted)) for contrast in CONTRASTS]),
        np.array([at((1.0, brightness, inverted)) for brightness in BRIGHTNESSES]),
        at((1.0, 0.0, False)),
    )


def tested(arm: str, seed: int, point: Point) -> Pieces:
    """Return accuracies where all is changed, unchanged, and by `over`; layers of running BN."""
    net = yield from network(arm, seed)
    over_contrast, over_brightness, clean = yield from ask(over, arm, seed, point[2])
    values = layers(net, point) if arm == RUNNING else None
    return right(arm, net, point), clean, over_contrast, over_brightness, values


def measure(settings: Settings) -> Pieces:
    """Train and test one arm after the other: a `Shift`."""
    point = (settings.contrast, settings.brightness, settings.invert)
    few_PD = held_out()[0][:N_PICTURES]
    before, after = ink(few_PD), ink(change(few_PD, point))
    unknown = np.full((2, 2, DEPTH), np.nan)
    none_X, none_Y = (np.full(len(values), np.nan) for values in (CONTRASTS, BRIGHTNESSES))

    def into(found: list[Any]) -> Shift:
        right_A, clean_A, contrast_AX, brightness_AY, values = zip(*found, strict=True)
        return Shift(
            accuracy=np.array(right_A),
            clean=np.array(clean_A),
            over_contrast=np.array(contrast_AX),
            over_brightness=np.array(brightness_AY),
            offset=values[0][0],
            spread=values[0][1],
            before=before,
            after=after,
            bands=bands(),
        )

    arms = [Arm(tested, (arm, settings.seed, point)) for arm in ARMS]
    return in_turn(arms, (np.nan, np.nan, none_X, none_Y, unknown), into)


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
