"""Renormalization: one layer in training and in evaluation, and whether it helps.

Shape legend: N batch, C units.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.labs.arm import Arm, Pieces, ask, finish
from bnviz.labs.family.networks import ALL_CLASSES, accuracy, trained
from bnviz.labs.family.record import Record, record
from bnviz.labs.family.settings import Settings

N_UNITS = 16
EPS = 1e-5
N_SHOWN = 96


@dataclass(frozen=True, eq=False)
class Layer:
    """One batch of normal numbers of mean 0.3 through a layer whose running ones are 0 and 1.

    Attributes
    ----------
    evaluation, bn, renorm : arrays, shape (N, C)
        What comes out in evaluation, and in training with BN and with renormalization.
    furthest_bn, furthest, furthest_free : float
        Largest distance from evaluation: BN, renormalization with the limits, and without limits.
    clipped : float
        Share of the units where a limit holds.
    r, d : arrays, shape (C,)
        The corrections before they are limited.
    """

    evaluation: Array
    bn: Array
    renorm: Array
    furthest_bn: float
    furthest: float
    furthest_free: float
    clipped: float
    r: Array
    d: Array


def layer(settings: Settings) -> Layer:
    """Measure the layer on a batch of the reader's size."""
    rng = np.random.default_rng([settings.seed, 35])
    x_NC = 0.3 + rng.normal(size=(settings.batch_size, N_UNITS))

    def through(r_max: float, d_max: float, *, training: bool = True) -> Array:
        y, _ = F.batch_renorm(
            x_NC, None, None, np.zeros(N_UNITS), np.ones(N_UNITS), r_max=r_max, d_max=d_max,
            training=training, momentum=settings.momentum, eps=EPS,
        )  # fmt: skip
        return y

    evaluation = through(1.0, 0.0, training=False)
    bn, renorm = through(1.0, 0.0), through(settings.r_max, settings.d_max)
    free = through(np.inf, np.inf)
    r = np.sqrt((x_NC.var(0) + EPS) / (1 + EPS))
    d = x_NC.mean(0) / np.sqrt(1 + EPS)
    out = (r > settings.r_max) | (r < 1 / settings.r_max) | (np.abs(d) > settings.d_max)
    return Layer(
        evaluation=evaluation,
        bn=bn,
        renorm=renorm,
        furthest_bn=float(np.abs(bn - evaluation).max()),
        furthest=float(np.abs(renorm - evaluation).max()),
        furthest_free=float(np.abs(free - evaluation).max()),
        clipped=float(out.mean()),
        r=r,
        d=d,
    )


@dataclass(frozen=True, eq=False)
class Renorm:
    """The layer, the record, and what BN and renormalization recognize now, shape (2,).

    NaN while they are not trained.
    """

    layer: Layer
    pair: Array
    record: Record


def measure(settings: Settings) -> Pieces:
    """Measure a batch in the layer, then train both networks: a `Renorm`."""
    found = layer(settings)
    yield partial(Renorm, found, np.full(2, np.nan), record())
    return Renorm(found, np.array((yield from live(settings))), record())


def live(settings: Settings) -> Pieces:
    """Train BN and renormalization, and return what they recognize."""
    s = settings
    limits = (s.r_max, s.d_max, s.momentum)
    bn = yield from ask(trained, "bn", s.batch_size, s.seed)
    renorm = yield from ask(trained, "renorm", s.batch_size, s.seed, ALL_CLASSES, limits)
    return [accuracy(bn), accuracy(renorm)]


def accuracies(settings: Settings) -> dict[str, list[float]]:
    """Return both, for the record."""
    return {"accuracy": finish(Arm(live, (settings,)))}
