"""Rules on what stands together in a batch."""

import numpy as np

from bnviz.doctor import thresholds
from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rules import layer as of
from bnviz.doctor.rules.found import found
from bnviz.doctor.rules.harm import harm
from bnviz.numerals import short


def batch_too_small(record: Record) -> Finding | None:
    """Find batches with too few values per channel."""
    layers = [layer for layer in record.layers if of.updates(layer) or not layer.tracks]
    counts = {layer.name: _counts(layer, record) for layer in layers}
    small = [layer for layer in layers if min(counts[layer.name]) < thresholds.VALUES]
    if not small:
        return None
    fewest = int(min(min(counts[layer.name]) for layer in small))
    usual = float(min(np.median(layer.values_per_batch) for layer in small))
    evidence = {"fewest": float(fewest), "usual": usual}
    if fewest <= 1:
        severity = "error"
        sentence = (
            f"{of.named(small)}: a batch leaves one value per channel. It has no variance, and "
            f"training stops there with an error."
        )
    else:
        severity = "note"
        if usual < thresholds.VALUES or fewest < thresholds.LAST_VALUES:
            severity = "warning"
        sentence = (
            f"{of.named(small)}: the smallest batch has {fewest} values per channel, the usual one "
            f"{usual:g}. The mean of {fewest} is off by {fewest**-0.5:.2f} standard deviations."
        )
    return found("batch-too-small", severity, small, evidence, sentence)


def _counts(layer: Layer, record: Record) -> list[float]:
    """Return the values per channel of each batch, that of the end of an epoch included."""
    counts = [float(n) for n in layer.values_per_batch] or [np.inf]
    sizes = record.batch_sizes
    if record.last_batch is not None and sizes and layer.kind != "instance":
        per_sample = counts[0] / sizes[0]
        counts.append(per_sample * record.last_batch)
    return counts


def depends_on_batch(record: Record) -> Finding | None:
    """Find answers in eval mode that change with the other samples of the batch."""
    layers = [layer for layer in record.layers if not layer.tracks and layer.kind != "instance"]
    moved = record.batch_dependence
    moved = moved if moved is not None and np.isfinite(moved) else None
    by_function = moved is not None and moved > thresholds.DEPENDENCE
    if not layers and not by_function:
        return None
    who = of.named(layers) if layers else "something that is no norm layer"
    sentence = f"{who}: normalized with the batch in eval mode too."
    evidence = {}
    severity = "warning"
    if moved is not None:
        evidence["dependence"] = moved
        sentence += (
            f" The outputs of a sample move by {short(moved)} of their standard deviation when "
            f"half of the batch goes."
        )
        severity = "warning" if by_function else "note"
    return found("depends-on-batch", severity, layers, evidence, sentence)


def dependent_batches(record: Record) -> Finding | None:
    """Find batch means that scatter more than those of independent samples."""
    layers = [layer for layer in record.layers if _is_scattered(layer)]
    if not layers:
        return None
    cost = harm(record, "eval", "batch")
    worst = max(layers, key=_ratio)
    ratio, z = _ratio(worst), thresholds.paulson(_ratio(worst), *worst.scatter_dof)
    sentence = (
        f"The means of the batches scatter {short(ratio)} times as much as independent samples "
        f"would ({of.named(layers)}): what is in a batch belongs together."
        f"{cost.sentence('with the statistics of each batch')}"
    )
    evidence = {"ratio": ratio, "z": z, **cost.evidence}
    severity = "error" if cost.counts else "warning"
    due = cost.loss if cost.counts else 0.0
    return found("dependent-batches", severity, layers, evidence, sentence, due)


def _ratio(layer: Layer) -> float:
    """Return the mean over the channels of the F ratio of the batch means; 1 if unknown."""
    if layer.scatter is None:
        return 1.0
    known = layer.scatter[np.isfinite(layer.scatter)]
    return float(np.mean(known)) if known.size else 1.0


def _is_scattered(layer: Layer) -> bool:
    """Return whether a layer's batch means scatter too much, in doubt and in size."""
    if layer.scatter is None or 0 in layer.scatter_dof:
        return False
    between, within = layer.scatter_dof
    ratio = _ratio(layer)
    samples = 1 + within / (between + 1)  # in a batch
    shift = (max(ratio - 1, 0.0) / samples) ** 0.5
    doubt = thresholds.paulson(ratio, between, within)
    return doubt > thresholds.SCATTER_Z and shift > thresholds.SCATTER_SHIFT


def shared_layer(record: Record) -> Finding | None:
    """Find a layer that is called with inputs of different statistics."""
    apart = {layer.name: _apart(layer) for layer in record.layers if layer.tracks}
    layers = [x for x in record.layers if apart.get(x.name, 0.0) > thresholds.CALLS]
    if not layers:
        return None
    cost = harm(record, "eval", "batch")
    if all(map(of.is_frozen, layers)) and not cost.counts:
        return None  # what learned behind frozen layers fits them
    away, calls = max(apart.values()), max(layer.calls for layer in layers)
    sentence = (
        f"{of.named(layers)}: called {calls} times in a forward pass, one call's inputs up to "
        f"{short(away)} standard deviations from the average of all. The running statistics fit "
        f"none.{cost.sentence('with the statistics of each batch')}"
    )
    evidence = {"calls": float(calls), "distance": away, **cost.evidence}
    severity = "error" if cost.counts else "warning"
    due = cost.loss if cost.counts else 0.0
    return found("shared-layer", severity, layers, evidence, sentence, due)


def _apart(layer: Layer) -> float:
    """Return how far the statistics of all calls are from those of the call furthest away."""
    if layer.call_means is None or layer.call_vars is None:
        return 0.0
    mean, var = layer.call_means.mean(0), layer.call_vars.mean(0)
    return max(
        of.distance(mean, var, one_mean, one_var, layer.eps)
        for one_mean, one_var in zip(layer.call_means, layer.call_vars, strict=True)
    )


def double_update(record: Record) -> Finding | None:
    """Find statistics that move more often in a training step than the layer is called."""
    layers = [
        layer
        for layer in record.layers
        if of.updates(layer) and layer.updates is not None and layer.updates > layer.calls
    ]
    if not layers:
        return None
    worst = max(layers, key=lambda layer: (layer.updates or 0) / layer.calls)
    times = (worst.updates or 0) / worst.calls
    sentence = (
        f"The statistics of {of.named(layers)} move {short(times)} times for one forward pass of a "
        f"training step."
    )
    evidence = {"updates": times}
    if worst.momentum is not None:
        evidence["momentum"] = worst.momentum
        evidence["weight"] = 1 - (1 - worst.momentum) ** times
        sentence += f" A batch weighs {evidence['weight']:.3g} in them, and not {worst.momentum:g}."
    return found("double-update", "warning", layers, evidence, sentence)


def unsynchronized(record: Record) -> Finding | None:
    """Find processes that train together and normalize apart."""
    layers = [x for x in record.layers if x.kind == "batch" and of.updates(x)]
    if record.world_size < 2 or not layers:
        return None
    samples = int(max(record.batch_sizes, default=0))
    severity = "warning" if samples < thresholds.IMAGES else "note"
    sentence = (
        f"{of.named(layers)}: {record.world_size} processes train together, and each normalizes "
        f"with its own {samples} samples, not with all {record.world_size * samples}."
    )
    evidence = {"processes": float(record.world_size), "samples": float(samples)}
    return found("unsynchronized", severity, layers, evidence, sentence)
