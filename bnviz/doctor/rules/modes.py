"""Rules on which layers train, and what moves in them."""

from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rules import layer as of
from bnviz.doctor.rules.found import found


def updates_while_frozen(record: Record) -> Finding | None:
    """Find layers whose gamma and beta are frozen while their statistics move."""
    layers = [
        layer
        for layer in record.layers
        if layer.affine
        and not layer.learns
        and layer.training
        and layer.tracks
        and layer.kind != "frozen"
        and layer.momentum != 0
    ]
    if not layers:
        return None
    sentence = (
        f"{of.named(layers)}: gamma and beta need no gradient, but in training mode each forward "
        f"pass moves the statistics."
    )
    return found("updates-while-frozen", "warning", layers, {}, sentence)


def mixed_modes(record: Record) -> Finding | None:
    """Find layers in another mode than the rest, without being frozen."""
    own = [layer for layer in record.layers if layer.tracks and layer.kind != "frozen"]
    training = [layer for layer in own if layer.training]
    resting = [layer for layer in own if not layer.training and layer.affine and layer.learns]
    if record.training:
        odd = resting if training else []
        are, whole = "evaluation", "training"
    else:
        odd = training
        are, whole = "training", "evaluation"
    if not odd:
        return None
    sentence = (
        f"{of.named(odd)}: in {are} mode, while the model is in {whole} mode, and gamma and beta "
        f"are not frozen."
    )
    evidence = {"training": float(len(training)), "evaluating": float(len(own) - len(training))}
    return found("mixed-modes", "warning", odd, evidence, sentence)


def decayed_affine(record: Record) -> Finding | None:
    """Find weight decay on gamma and beta."""
    decays = {layer.name: max(_decays(layer), default=0.0) for layer in record.layers}
    layers = [layer for layer in record.layers if decays[layer.name] > 0]
    if not layers:
        return None
    most = max(decays.values())
    sentence = (
        f"The optimizer pulls gamma and beta of {of.named(layers)} to 0, with decay {most:g}."
    )
    return found("decayed-affine", "note", layers, {"weight_decay": most}, sentence)


def _decays(layer: Layer) -> list[float]:
    """Return the decays that are known."""
    return [decay for decay in (layer.gamma_decay, layer.beta_decay) if decay is not None]
