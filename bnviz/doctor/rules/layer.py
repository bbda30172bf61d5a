"""What the rules ask of one layer."""

from collections.abc import Sequence

import numpy as np

from bnviz.core.array import Array
from bnviz.doctor import thresholds
from bnviz.doctor.record import BITS, Layer

FEW = 3  # layers that a sentence names


def distance(mean: Array, var: Array, to_mean: Array, to_var: Array, eps: float | None) -> float:
    """Return how far statistics are from others: the median over the channels.

    All four arrays have the shape (channels,). The distance of one channel is √(d² + l²/2). Here d
    is how far the means are apart, in standard deviations of the second, and l the logarithm of the
    ratio of the variances. To second order this is √(2 KL) of two normal distributions. NaN counts
    as infinitely far.
    """
    eps = eps or 0.0
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        d = (mean - to_mean) / np.sqrt(to_var + eps)
        log_ratio = np.log((var + eps) / (to_var + eps))
        each = np.sqrt(d**2 + log_ratio**2 / 2)
    each = np.where(np.isfinite(each), each, np.inf)
    return float(np.median(each)) if each.size else 0.0


def settled(layer: Layer) -> list[tuple[Array, Array]]:
    """Return statistics that running ones may have come to with time, in training as it was set up.

    Those of all values together; the variance inside the batches, which is what they average; and
    those with dropout active. Each is a mean and a variance of shape (channels,).
    """
    m = float(np.mean(layer.values_per_batch)) if layer.values_per_batch else 2.0
    unbiased = layer.within_var * (m / (m - 1) if m > 1 else 1.0)
    found = [(layer.mean, layer.var), (layer.mean, unbiased)]
    if layer.trained_mean is not None and layer.trained_var is not None:
        found.append((layer.trained_mean, layer.trained_var))
    return found


def precise_distance(layer: Layer) -> float:
    """Return how far the running statistics are from those of all training data together."""
    if layer.running_mean is None or layer.running_var is None:
        return 0.0
    return distance(layer.running_mean, layer.running_var, layer.mean, layer.var, layer.eps)


def lag(layer: Layer) -> float:
    """Return how far the running statistics are from all that they may have come to."""
    if layer.running_mean is None or layer.running_var is None:
        return 0.0
    return min(
        distance(layer.running_mean, layer.running_var, mean, var, layer.eps)
        for mean, var in settled(layer)
    )


def ema_noise(layer: Layer) -> float:
    """Return the noise of a running mean that averages noisy batches, in standard deviations."""
    p = 1.0 if layer.momentum is None else min(max(layer.momentum, 0.0), 1.0)
    if layer.momentum is None:  # the plain mean of all batches so far
        return float(np.median(layer.noise)) / max(layer.counter or 1, 1) ** 0.5
    return float(np.median(layer.noise)) * (p / (2 - p)) ** 0.5


def is_far(layer: Layer) -> bool:
    """Return whether the running statistics lie further away than noise explains."""
    allowed = max(thresholds.DISTANCE, thresholds.EMA_NOISE * ema_noise(layer))
    return lag(layer) > allowed


def is_broken(layer: Layer) -> bool:
    """Return whether some running statistic is not finite, or a variance has no root."""
    if layer.running_var is None:
        return False
    negative = layer.running_var + (layer.eps or 0.0) < 0
    return not layer.finite or bool(negative.any())


def is_untouched(layer: Layer) -> bool:
    """Return whether the running statistics are exactly those of a new layer."""
    if layer.running_mean is None or layer.running_var is None:
        return False
    return not layer.running_mean.any() and bool((layer.running_var == 1).all())


def is_frozen(layer: Layer) -> bool:
    """Return whether the statistics are kept on purpose: by the class, or with gamma and beta."""
    kept = layer.affine and not layer.learns and not layer.training
    return layer.tracks and (layer.kind == "frozen" or kept)


def updates(layer: Layer) -> bool:
    """Return whether training is meant to move the running statistics."""
    return layer.tracks and not is_frozen(layer)


def forgets(layer: Layer) -> bool:
    """Return whether the momentum leaves little more than the last batch."""
    return updates(layer) and layer.momentum is not None and layer.momentum > thresholds.MOMENTUM


def rounding(layer: Layer) -> float:
    """Return how coarse the numbers are, in standard deviations: the median over the channels.

    Numbers near μ are up to 2·|μ|/2^bits apart, in the input and in the buffers. A running mean
    with momentum p stops 1/(2p) such steps away: what is missing then rounds to nothing. A channel
    that does not vary counts as exact.
    """
    std = np.sqrt(layer.var)
    ratio = np.divide(np.abs(layer.mean), std, out=np.zeros(layer.channels), where=std > 0)
    step = 2.0 ** (1 - BITS.get(layer.input_dtype, 24))
    if layer.tracks and layer.momentum:
        kept = 2.0 ** (1 - BITS.get(layer.dtype, 24))
        step = max(step, kept / (2 * layer.momentum))
    return float(np.median(ratio)) * step


def is_coarse(layer: Layer) -> bool:
    """Return whether rounding takes what the statistics should hold."""
    return rounding(layer) > thresholds.PRECISION


def named(layers: Sequence[Layer]) -> str:
    """Return the names of layers, as a sentence has them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> named([SimpleNamespace(name=name) for name in ("stem.1", "head.bn")])
    'layers stem.1 and head.bn'
    """
    names = [layer.name or "(the model itself)" for layer in layers]
    if len(names) == 1:
        return f"layer {names[0]}"
    shown = names if len(names) <= FEW else [*names[: FEW - 1], f"{len(names) - FEW + 1} more"]
    return f"layers {', '.join(shown[:-1])} and {shown[-1]}"
