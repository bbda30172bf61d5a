"""Renormalization: one layer in training and in evaluation, and whether it helps.

Shape legend: N batch, C units.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.labs.family.networks import accuracy, trained
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
    """Send a batch of the reader's size through the layer."""
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


def live(settings: Settings) -> tuple[float, float]:
    """Train BN and renormalization at the reader's batch size, and give what they read."""
    s = settings
    limits = (s.r_max, s.d_max, s.momentum)
    return (
        accuracy(trained("bn", s.batch_size, s.seed)),
        accuracy(trained("renorm", s.batch_size, s.seed, limits=limits)),
    )


def accuracies(settings: Settings) -> dict[str, list[float]]:
    """Give both, for the record."""
    return {"accuracy": list(live(settings))}
