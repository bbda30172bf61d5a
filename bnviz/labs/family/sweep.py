"""What is recorded of this lab: three starts of every cell."""

from itertools import product

from bnviz.labs.family import renorm, sorted_batches
from bnviz.labs.family.networks import accuracy, trained
from bnviz.labs.family.settings import CLASSES, NORMS, SIZES, Settings
from bnviz.labs.sweeps import Sweep

SEEDS = (0, 1, 2)
SOME_DIGITS = 12 / 360
"""A float32 training is not quite the same on another machine: some digits may go over."""
HELPED_SIZES = (2, 4, 32)
LIMITS = ((3.0, 5.0, 0.1), (3.0, 5.0, 0.02), (10.0, 10.0, 0.1), (10.0, 10.0, 0.02))
"""r_max, d_max and momentum whose effect is recorded."""


def one(settings: Settings) -> dict[str, float]:
    """Train the live cell and give what it reads."""
    return {"accuracy": accuracy(trained(settings.norm, settings.batch_size, settings.seed))}


SWEEPS = {
    "sizes": Sweep(
        cells=tuple(Settings(norm=norm, batch_size=n) for norm, n in product(NORMS, SIZES)),
        seeds=SEEDS,
        measure=one,
        checked=(3, 18),
        atol=SOME_DIGITS,
    ),
    "classes": Sweep(
        cells=tuple(Settings(classes=classes) for classes in CLASSES),
        seeds=SEEDS,
        measure=sorted_batches.accuracies,
        checked=(3,),
        atol=SOME_DIGITS,
    ),
    "renorm": Sweep(
        cells=tuple(
            Settings(batch_size=n, r_max=r, d_max=d, momentum=p)
            for n, (r, d, p) in product(HELPED_SIZES, LIMITS)
        ),
        seeds=SEEDS,
        measure=renorm.accuracies,
        checked=(8,),
        atol=SOME_DIGITS,
    ),
}
"""By name; ``python -m bnviz.labs.record family`` measures them."""
