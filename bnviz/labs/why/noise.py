"""Four runs from one start: with and without norm, with and without noise behind it."""

from bnviz.labs.arm import Arm, Pieces, together
from bnviz.labs.why.learner import learn
from bnviz.labs.why.settings import Settings

ARMS = {
    "none": ("none", False),
    "bn": ("bn", False),
    "noisy_bn": ("bn", True),
    "noisy_none": ("none", True),
}
"""Name -> (norm, whether there is noise)."""


def measure(settings: Settings) -> Pieces:
    """Train the four networks side by side; those without noise are the same for any noise."""
    s = settings
    arms = {
        name: Arm(learn, (norm, s.noise if noisy else 0.0, s.lr, s.depth, s.batch_size, s.seed))
        for name, (norm, noisy) in ARMS.items()
    }
    return (yield from together(arms))
