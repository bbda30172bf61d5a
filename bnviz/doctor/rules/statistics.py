"""Rules on what the buffers hold."""

import numpy as np

from bnviz.doctor import thresholds
from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rules import layer as of
from bnviz.doctor.rules.found import found
from bnviz.doctor.rules.harm import Harm, harm
from bnviz.numerals import short

PRECISE = "with statistics of the training data"


def non_finite_statistics(record: Record) -> Finding | None:
    """Find running statistics that are NaN, infinite or negative."""
    layers = [layer for layer in record.layers if of.is_broken(layer)]
    if not layers:
        return None
    channels = sum(_n_broken(layer) for layer in layers)
    cost = harm(record, "eval", "finite" if record.outcome("finite") else "precise")
    sentence = (
        f"{of.named(layers)}: in {channels} channels the running mean or variance is not finite, "
        f"or the variance negative. All that passes them in eval mode is lost."
        f"{cost.sentence('with these channels measured anew')}"
    )
    evidence = {"channels": float(channels), **cost.evidence}
    return found("non-finite-statistics", "error", layers, evidence, sentence, np.inf)


def _n_broken(layer: Layer) -> int:
    """Return how many channels have statistics without a use."""
    negative = 0 if layer.running_var is None else layer.running_var + (layer.eps or 0.0) < 0
    return int((layer.non_finite | negative).sum())


def never_updated(record: Record) -> Finding | None:
    """Find layers whose statistics are those of a new layer, and not those of the data."""
    layers = [
        layer
        for layer in record.layers
        if of.is_untouched(layer) and of.precise_distance(layer) > thresholds.DISTANCE
    ]
    if not layers:
        return None
    cost = harm(record, "eval", "precise")
    away = max(of.precise_distance(layer) for layer in layers)
    counted = max(layer.counter or 0 for layer in layers)
    why = f"although {counted} batches were counted" if counted else "and no batch was counted"
    sentence = (
        f"{of.named(layers)}: the running mean is 0 and the variance 1 in all channels, {why}. "
        f"The data are {short(away)} standard deviations away.{cost.sentence(PRECISE)}"
    )
    evidence = {"counter": float(counted), "distance": away, **cost.evidence}
    severity = _severity(cost, away)
    return found("never-updated", severity, layers, evidence, sentence, _due(cost))


def stale_statistics(record: Record) -> Finding | None:
    """Find running statistics far from all that training may have brought them to."""
    layers = [layer for layer in record.layers if _is_stale(layer)]
    cost = harm(record, "eval", "precise")
    if not layers:
        return None
    away = max(of.lag(layer) for layer in layers)
    worst = max(layers, key=of.lag)
    start = _start_share(worst)
    sentence = (
        f"{of.named(layers)}: the running statistics are up to {short(away)} standard deviations "
        f"from those of the training data."
    )
    if start is not None and start > 0.01:
        sentence += f" Of the start, 0 and 1, {start:.0%} is left after {worst.counter} batches."
    evidence = {"distance": away, **cost.evidence}
    if start is not None:
        evidence["start_share"] = start
    severity = _severity(cost, away)
    sentence += cost.sentence(PRECISE)
    return found("stale-statistics", severity, layers, evidence, sentence, _due(cost))


def _is_stale(layer: Layer) -> bool:
    """Return whether statistics are far, and no other rule says why."""
    explained = of.is_broken(layer) or of.is_untouched(layer) or of.is_frozen(layer)
    return not (explained or of.forgets(layer) or of.is_coarse(layer)) and of.is_far(layer)


def _start_share(layer: Layer) -> float | None:
    """Return the share of the start that is left in a running average, where it is known."""
    if layer.momentum is None or not layer.counter or not 0 <= layer.momentum <= 1:
        return None
    return float((1 - layer.momentum) ** layer.counter)


def last_batch_statistics(record: Record) -> Finding | None:
    """Find a momentum that makes the running statistics those of the last batches."""
    layers = [layer for layer in record.layers if of.forgets(layer)]
    if not layers:
        return None
    cost = harm(record, "eval", "precise")
    p = max(layer.momentum or 0.0 for layer in layers)
    window = (2 - p) / p
    away = max(of.lag(layer) for layer in layers)
    sentence = (
        f"{of.named(layers)}: momentum {p:g} averages over {short(window)} batches only. "
        f"Was it meant as {1 - p:.3g}? The statistics are now {short(away)} standard deviations "
        f"from those of the training data.{cost.sentence(PRECISE)}"
    )
    evidence = {"momentum": p, "window": window, "distance": away, **cost.evidence}
    severity = "error" if cost.counts else "warning"
    return found("last-batch-statistics", severity, layers, evidence, sentence, _due(cost))


def frozen_mismatch(record: Record) -> Finding | None:
    """Find frozen statistics that do not fit the data.

    A network that learned behind frozen layers fits them, however far they are from the data: so
    the loss decides, and without one it is a note.
    """
    layers = [
        layer
        for layer in record.layers
        if of.is_frozen(layer)
        and not of.is_broken(layer)
        and not of.is_untouched(layer)
        and of.lag(layer) > thresholds.DISTANCE
    ]
    cost = harm(record, "eval", "precise")
    away = max((of.lag(layer) for layer in layers), default=0.0)
    if not layers or (cost.known and not cost.counts):
        return None
    sentence = (
        f"The frozen statistics of {of.named(layers)} are up to {short(away)} standard deviations "
        f"from those of the data.{cost.sentence(PRECISE)}"
    )
    severity = "error" if cost.counts else "note"
    evidence = {"distance": away, **cost.evidence}
    return found("frozen-mismatch", severity, layers, evidence, sentence, _due(cost))


def shifted_data(record: Record) -> Finding | None:
    """Find evaluation data with other statistics than the training data."""
    shifts = {layer.name: _shift(layer) for layer in record.layers}
    layers = [layer for layer in record.layers if shifts[layer.name] > thresholds.SHIFT]
    if not layers:
        return None
    cost = harm(record, "eval", "batch", "eval")
    away = max(shifts.values())
    sentence = (
        f"The evaluation data arrive at {of.named(layers)} up to {short(away)} standard deviations "
        f"from where the training data are.{cost.sentence('with their own statistics')}"
    )
    severity = "error" if cost.counts else "warning" if not cost.known else "note"
    evidence = {"distance": away, **cost.evidence}
    return found("shifted-data", severity, layers, evidence, sentence, _due(cost))


def _shift(layer: Layer) -> float:
    """Return how far the evaluation data are from the training data in front of a layer."""
    if layer.eval_mean is None or layer.eval_var is None:
        return 0.0
    return of.distance(layer.eval_mean, layer.eval_var, layer.mean, layer.var, layer.eps)


def averaged_weights(record: Record) -> Finding | None:
    """Find an averaged model whose statistics are not those of its weights."""
    averaged = record.averaged
    if averaged is None:
        return None
    layers = [layer for layer in averaged.layers if of.is_broken(layer) or of.is_far(layer)]
    if not layers:
        return None
    cost = harm(averaged, "eval", "precise")
    away = max(of.lag(layer) for layer in layers)
    sentence = (
        f"The averaged model: the statistics of {of.named(layers)} are up to {short(away)} "
        f"standard deviations from what its own weights make of the training data."
        f"{cost.sentence(PRECISE)}"
    )
    evidence = {"distance": away, **cost.evidence}
    severity = _severity(cost, away)
    return found("averaged-weights", severity, layers, evidence, sentence, _due(cost))


def _severity(cost: Harm, away: float) -> str:
    """Return how bad wrong statistics are: by the loss, or without one by the distance."""
    if cost.known:
        return "error" if cost.counts else "note"
    return "error" if away > thresholds.FAR else "warning"


def _due(cost: Harm) -> float:
    """Return the loss that is too much."""
    return cost.loss if cost.counts else 0.0
