"""Rules on the layer itself, what stands beside it, and its numbers."""

import numpy as np

from bnviz.doctor import thresholds
from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rules import layer as of
from bnviz.doctor.rules.found import found
from bnviz.doctor.rules.harm import harm
from bnviz.numerals import short

HALF = ("float16", "bfloat16")
CONVOLUTIONS = ("conv", "linear", "addmm", "matmul")


def epsilon_dominates(record: Record) -> Finding | None:
    """Find channels whose variance is near or below epsilon."""
    shares = {layer.name: _small_share(layer) for layer in record.layers}
    layers = [layer for layer in record.layers if shares[layer.name] > 0]
    if not layers:
        return None
    worst = max(layers, key=lambda layer: shares[layer.name])
    share, smallest = shares[worst.name], float(worst.var.min())
    sentence = (
        f"{of.named([worst])}: {share:.0%} of the channels have a variance below "
        f"epsilon ({worst.eps:g}), down to {short(smallest)}: epsilon, and not the data, sets "
        f"their gain."
    )
    evidence = {"share": share, "variance": smallest, "epsilon": worst.eps or 0.0}
    severity = "warning" if share >= thresholds.MOST else "note"
    return found("epsilon-dominates", severity, layers, evidence, sentence)


def _small_share(layer: Layer) -> float:
    """Return the share of channels with a variance of at most epsilon."""
    if layer.eps is None:
        return 0.0
    return float((layer.var <= thresholds.EPSILON * layer.eps).mean())


def dead_channels(record: Record) -> Finding | None:
    """Find channels that pass nothing on."""
    shares = {layer.name: _dead_share(layer) for layer in record.layers}
    layers = [layer for layer in record.layers if shares[layer.name] >= thresholds.SOME]
    if not layers:
        return None
    worst = max(layers, key=lambda layer: shares[layer.name])
    share = shares[worst.name]
    sentence = (
        f"{of.named([worst])}: {share:.0%} of the channels pass nothing on. Their gamma is about "
        f"0, or the ReLU behind them does not open for any of the data."
    )
    severity = "warning" if share >= thresholds.MOST else "note"
    return found("dead-channels", severity, layers, {"share": share}, sentence)


def _dead_share(layer: Layer) -> float:
    """Return the share of channels that pass nothing on.

    A branch that starts with a gamma of 0 in all channels and is added to another is meant so.
    Wrong statistics can close a ReLU: then they are the fault.
    """
    if layer.gamma is None or layer.beta is None:
        return 0.0
    if "add" in layer.neighbours.behind and not layer.gamma.any():
        return 0.0
    dead = np.abs(layer.gamma) < thresholds.GAMMA
    if layer.neighbours.relu_behind:
        dead |= layer.beta < -thresholds.CLOSED * np.abs(layer.gamma)
        if not of.is_broken(layer) and of.precise_distance(layer) <= thresholds.DISTANCE:
            dead |= layer.positive_share == 0
    return float(dead.mean())


def useless_bias(record: Record) -> Finding | None:
    """Find a bias that the mean takes away again."""
    layers = [
        layer for layer in record.layers if layer.neighbours.bias_before and not of.is_frozen(layer)
    ]
    if not layers:
        return None
    channels = sum(layer.channels for layer in layers)
    sentence = (
        f"In front of {of.named(layers)} a bias is added that the mean takes away again: "
        f"{channels} numbers that cannot learn."
    )
    return found("useless-bias", "note", layers, {"numbers": float(channels)}, sentence)


def dropout_before_norm(record: Record) -> Finding | None:
    """Find a norm layer that learned the variance of dropped activations."""
    ratios = {
        layer.name: _variance_ratio(layer)
        for layer in record.layers
        if layer.neighbours.dropout_before > 0 and of.updates(layer)
    }
    layers = [x for x in record.layers if ratios.get(x.name, 1.0) < thresholds.DROPOUT_RATIO]
    if not layers:
        return None
    cost = harm(record, "eval", "precise")
    worst = min(layers, key=lambda layer: ratios[layer.name])
    rate, ratio = worst.neighbours.dropout_before, ratios[worst.name]
    sentence = (
        f"Dropout at rate {rate:g} stands in front of {of.named(layers)}: without it the variance "
        f"is {ratio:.2f} of that in training."
        f"{cost.sentence('with statistics measured without dropout')}"
    )
    evidence = {"rate": rate, "variance_ratio": ratio, **cost.evidence}
    severity = "warning" if ratio < thresholds.DROPOUT_STRONG else "note"
    severity = "error" if cost.counts else severity
    due = cost.loss if cost.counts else 0.0
    return found("dropout-before-norm", severity, layers, evidence, sentence, due)


def _variance_ratio(layer: Layer) -> float:
    """Return the variance in eval mode over that in training, the median over the channels."""
    if layer.trained_var is None:
        return 1.0
    eps = layer.eps or 0.0
    return float(np.median((layer.var + eps) / (layer.trained_var + eps)))


def low_precision(record: Record) -> Finding | None:
    """Find half precision where statistics are kept, or where the mean eats the digits."""
    steps = {layer.name: of.rounding(layer) for layer in record.layers}
    coarse = [layer for layer in record.layers if of.is_coarse(layer)]
    half = [x for x in record.layers if x.tracks and x.dtype in HALF]
    layers = coarse or half
    if not layers:
        return None
    step = max(steps[layer.name] for layer in layers)
    worst = max(layers, key=lambda layer: steps[layer.name])
    cost = harm(record, "eval", "precise")
    due = 0.0
    severity = "note"
    if coarse:
        severity = "error" if cost.counts else "warning"
        due = cost.loss if cost.counts else 0.0
        sentence = (
            f"The numbers at {of.named(coarse)} are {worst.input_dtype}, with statistics in "
            f"{worst.dtype}: they are right to {short(step)} standard deviations only, for the "
            f"mean takes the digits.{cost.sentence('with precise statistics')}"
        )
    else:
        sentence = f"The running statistics of {of.named(half)} are kept as {worst.dtype}."
    return found("low-precision", severity, layers, {"step": step}, sentence, due)


def fold_limits(record: Record) -> Finding | None:
    """Find layers that the usual rule of folding does not fit."""
    why = {layer.name: _why_not(layer) for layer in record.layers}
    layers = [layer for layer in record.layers if why[layer.name]]
    if not layers:
        return None
    reasons = "; ".join(dict.fromkeys(why[layer.name] for layer in layers))
    sentence = f"{of.named(layers)}: not to be folded by the usual rule, for {reasons}."
    groups = max(layer.neighbours.groups_before for layer in layers)
    return found("fold-limits", "note", layers, {"groups": float(groups)}, sentence)


def _why_not(layer: Layer) -> str:
    """Return why a layer cannot be folded by the usual rule, or nothing."""
    beside = layer.neighbours
    if beside.transposed_before:
        return "the weights of a transposed convolution have their output channels on axis 1"
    behind_weights = beside.before.lower().startswith(CONVOLUTIONS)
    if behind_weights and beside.input_shared:
        return "another branch reads what is in front as it is"
    if not behind_weights and beside.padded_conv_behind:
        return "the padding of the convolution behind comes after the norm, once folded before it"
    return ""
