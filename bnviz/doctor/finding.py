"""What a check-up finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SEVERITIES = ("error", "warning", "note")
"""Error: what eval mode gives is wrong now. Warning: it depends on something it should not, or
will be wrong after the next steps. Note: costs little."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault of one model, with its evidence.

    Attributes
    ----------
    code : str
        The fault in the catalogue.
    severity : str
        One of `SEVERITIES`.
    layers : tuple of str
        Names of the layers that have it, in the order of the network.
    evidence : dict of str to float
        The numbers that the verdict rests on.
    sentence : str
        What was found, told from these numbers.
    repair : str
        What to do.
    """

    code: str
    severity: str
    layers: tuple[str, ...]
    evidence: Mapping[str, float]
    sentence: str
    repair: str

    def __post_init__(self) -> None:
        """Check the severity."""
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity must be one of {SEVERITIES}, got {self.severity!r}")
