"""What is recorded of this lab: three starts of every cell."""

from itertools import product

from bnviz.labs.family import classes, rates, renorm, sizes
from bnviz.labs.family.record import HELPED_SIZES, LIMITS, SEEDS
from bnviz.labs.family.settings import CLASSES, NORMS, SIZES, Settings
from bnviz.labs.sweeps import Sweep

SOME_DIGITS = 12 / 360
"""A float32 training is not quite the same on another machine: some digits may go over."""

OVER_SIZES = tuple(Settings(norm=norm, batch_size=n) for norm, n in product(NORMS, SIZES))

SWEEPS = {
    "sizes": Sweep(OVER_SIZES, SEEDS, sizes.accuracies, checked=(3, 18), atol=SOME_DIGITS),
    "rates": Sweep(OVER_SIZES, SEEDS, rates.accuracies, checked=(18,), atol=SOME_DIGITS),
    "classes": Sweep(
        cells=tuple(Settings(classes=k) for k in CLASSES),
        seeds=SEEDS,
        measure=classes.accuracies,
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
