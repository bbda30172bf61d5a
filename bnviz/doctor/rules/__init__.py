"""What a check-up finds in its record: one rule per fault, and their order."""

from collections.abc import Callable, Mapping

from bnviz.doctor.finding import SEVERITIES, Finding
from bnviz.doctor.record import Record
from bnviz.doctor.rules import batches, layers, modes, statistics

RULES: Mapping[str, Callable[[Record], Finding | None]] = {
    "stale-statistics": statistics.stale_statistics,
    "never-updated": statistics.never_updated,
    "last-batch-statistics": statistics.last_batch_statistics,
    "non-finite-statistics": statistics.non_finite_statistics,
    "frozen-mismatch": statistics.frozen_mismatch,
    "shifted-data": statistics.shifted_data,
    "averaged-weights": statistics.averaged_weights,
    "batch-too-small": batches.batch_too_small,
    "depends-on-batch": batches.depends_on_batch,
    "dependent-batches": batches.dependent_batches,
    "shared-layer": batches.shared_layer,
    "double-update": batches.double_update,
    "unsynchronized": batches.unsynchronized,
    "updates-while-frozen": modes.updates_while_frozen,
    "mixed-modes": modes.mixed_modes,
    "decayed-affine": modes.decayed_affine,
    "epsilon-dominates": layers.epsilon_dominates,
    "dead-channels": layers.dead_channels,
    "useless-bias": layers.useless_bias,
    "dropout-before-norm": layers.dropout_before_norm,
    "low-precision": layers.low_precision,
    "fold-limits": layers.fold_limits,
}
"""The rule of each fault, in the order of the catalogue."""


def judge(record: Record) -> tuple[Finding, ...]:
    """Return all findings: by the loss they cost, then by severity, then as in the catalogue."""
    findings = [finding for rule in RULES.values() if (finding := rule(record)) is not None]
    return tuple(sorted(findings, key=_rank))


def _rank(finding: Finding) -> tuple[float, int]:
    """Return what findings are sorted by."""
    return -finding.evidence.get("loss_harm", 0.0), SEVERITIES.index(finding.severity)
