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
    s, arms = settings, {}
    for name, (norm, noisy) in ARMS.items():
        kind, noise = (s.kind, s.noise) if noisy else ("unit", 0.0)
        arms[name] = Arm(learn, (norm, kind, noise, s.lr, s.depth, s.batch_size, s.seed))
    return (yield from together(arms))
