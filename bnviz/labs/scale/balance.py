"""The balance of weight decay and gradient steps: how fast the weights turn.

Shape legend: S steps.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from bnviz.core.array import Array
from bnviz.core.theory import equilibrium_angle
from bnviz.labs.arm import Pieces, together
from bnviz.labs.scale.learner import Path, arm
from bnviz.labs.scale.settings import Settings

N_STEPS = 300
NOISE = 0.5
"""Share of the labels that are drawn anew in each step of the noisy run."""
NEAR = 0.1
"""An angle is said to be that of the balance up to this share."""
LAST = N_STEPS // 2
"""The second half counts: in the first the length of the weights still finds its balance."""


@dataclass(frozen=True, eq=False)
class Balance:
    """Two runs with weight decay, and one without.

    Attributes
    ----------
    digits, noise : Path
        On the true labels, and with half of them drawn anew in every step.
    free : Path
        On the true labels and without weight decay.
    expected : float
        The angle of each step at equilibrium, in radians; 0 without weight decay.
    """

    digits: Path
    noise: Path
    free: Path
    expected: float

    @property
    def finished(self) -> bool:
        """Whether all have come to their end."""
        return self.digits.finished and self.noise.finished and self.free.finished

    @property
    def measured(self) -> tuple[float, float]:
        """Root mean square angle of the last steps, on digits and on noise; NaN before the end."""
        digits, noise = (root_mean_square(p.angle[-LAST:]) for p in (self.digits, self.noise))
        return digits, noise

    @property
    def early(self) -> float:
        """Root mean square angle of the steps before those of ``measured``, on digits; radians."""
        return root_mean_square(self.digits.angle[:-LAST])

    @property
    def reached(self) -> tuple[bool, bool]:
        """Whether the angle is that of the equilibrium within ``NEAR``, on digits and on noise."""
        near = NEAR * self.expected
        digits, noise = (abs(angle - self.expected) < near for angle in self.measured)
        return digits, noise


def root_mean_square(angles: Array) -> float:
    """Return the root of the mean square of some angles."""
    return float(np.sqrt(np.square(angles).mean()))


def measure(settings: Settings) -> Pieces:
    """Train the three networks of a Balance; without weight decay two of them are one."""
    lr, decay = settings.lr, settings.weight_decay
    runs = {
        "digits": arm(settings, N_STEPS, lr=lr, weight_decay=decay),
        "noise": arm(settings, N_STEPS, lr=lr, weight_decay=decay, noise=NOISE),
        "free": arm(settings, N_STEPS, lr=lr),
    }
    expected = equilibrium_angle(lr, decay) if decay else 0.0
    return (yield from together(runs, partial(Balance, expected=expected)))
