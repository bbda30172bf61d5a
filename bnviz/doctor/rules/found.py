"""How a rule says what it found."""

from collections.abc import Mapping, Sequence

from bnviz.doctor.faults import faults
from bnviz.doctor.finding import Finding
from bnviz.doctor.record import Layer


def found(
    code: str,
    severity: str,
    layers: Sequence[Layer],
    evidence: Mapping[str, float],
    sentence: str,
    harm: float = 0.0,
) -> Finding:
    """Return a finding with the repair of its fault.

    ``harm`` is the loss that is too much in eval mode; 0 where that was not measured, or is not due
    to the fault.
    """
    return Finding(
        code=code,
        severity=severity,
        layers=tuple(layer.name for layer in layers),
        evidence={**evidence, "layers": float(len(layers)), "loss_harm": harm},
        sentence=sentence[:1].upper() + sentence[1:],
        repair=faults()[code].repair,
    )
