"""Every threshold of the check-up, with its reason.

Those that follow from theory say from which; the others were set above what healthy models show
(``tests/doctor/healthy.py``: four kinds of networks, trained properly, several seeds).
"""

import math

DISTANCE = 0.5
"""Running statistics are far beyond this median distance, in standard deviations. Half a standard
deviation moves half of a ReLU's inputs near 0 to the other side. Healthy models stay below 0.2."""
FAR = 1.0
"""Where no loss was measured, running statistics are wrong beyond this distance: the normalized
values are then further from 0 than they are spread."""
EMA_NOISE = 4.0
"""A running mean may be so many times as far away as the average of noisy batches explains: noise ·
√(p / (2 − p)) for momentum p. A normal variable exceeds 4 once in 16 000."""

LOSS_SHARE = 0.1
"""A loss is worse if it is larger by this share."""
OUTPUT_GAP = 0.1
"""And if the outputs moved by this share of their standard deviation more. Both are asked for: of a
loss near 0 a tenth is nothing."""

MOMENTUM = 0.5
"""Above it the average reaches over fewer than (2 − p)/p = 3 batches."""

VALUES = 8
"""Fewer values per channel than this leave the batch's mean off by more than 1/√8 = 0.35 standard
deviations. With 8 the networks of the lab on batch sizes still come near their best."""
LAST_VALUES = 4
"""The same for one small batch among larger ones, whose share in the running statistics is the
momentum: below 4 its variance alone is off by √(2/4) = 0.7 of itself."""
IMAGES = 16
"""Samples per process below which BN loses accuracy on images: Wu & He 2018, Figure 1."""
DEPENDENCE = 1e-3
"""Change of the outputs with the other samples, in their standard deviations; float32
rounds to 1e-6 and float16 to 1e-3."""

SCATTER_Z = 3.0
"""Batch means scatter too much if one F ratio of independent samples were so large once in 740
times: its cube root, as Paulson 1942 wrote it, is nearly normal. It is asked of the mean over the
channels of a layer, which is rarer still. Healthy models stay below 1.5."""
SCATTER_SHIFT = 0.25
"""And if the batch means lie this far apart beyond chance, in standard deviations between the means
of samples. Smaller shifts are real in large data and harmless."""

DROPOUT_RATIO = 0.8
"""Variance without dropout over that with it. Rates up to 0.3 in front of a norm layer did no harm
in the lab on dropout, at ratios down to 0.83."""
DROPOUT_STRONG = 0.5
"""Below it the outputs in eval mode have less than √0.5 = 0.7 of their spread in training. Above it
only a loss that is worse makes more of it than a note."""

EPSILON = 1.0
"""Variance in units of epsilon: there the gain is 1/√2 of what it should be."""
MOST = 0.5
"""Share of the channels of a layer that makes more of a fault than a note."""
SOME = 0.05
"""Share of dead channels that is worth a note. Trained networks have 1 to 6 % of gammas near 0."""
GAMMA = 1e-3
"""A gamma below it passes nothing on that float16 could hold beside a beta of 1."""
CLOSED = 3.0
"""beta below −3 · |gamma|: of normal values one in 700 passes the ReLU."""

PRECISION = 1 / 16
"""Rounding of the input, in its standard deviations, that is coarse: 16 steps hold the middle two
thirds of the values in about 32."""

SHIFT = 0.5
"""Evaluation data are shifted beyond this median distance; as for ``DISTANCE``."""
CALLS = 0.5
"""Calls of a layer differ beyond this median distance; as for ``DISTANCE``."""


def paulson(ratio: float, between: int, within: int) -> float:
    """Return an F ratio as a nearly normal variable: 0 if usual, 3 once in 740.

    Parameters
    ----------
    ratio : float
        Variance between groups over that within them.
    between, within : int
        Their degrees of freedom.

    Examples
    --------
    5 % of such ratios are larger than 4.10, as 5 % of normal values are larger than 1.64:

    >>> round(paulson(4.10, 2, 10), 2)
    1.65
    """
    a, b = 2 / (9 * between), 2 / (9 * within)
    root = max(ratio, 0.0) ** (1 / 3)
    return ((1 - b) * root - (1 - a)) / math.sqrt(b * root**2 + a)
