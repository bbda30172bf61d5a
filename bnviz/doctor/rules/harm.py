"""What a fault costs: losses in two modes, compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bnviz.doctor import thresholds
from bnviz.doctor.record import Record
from bnviz.numerals import short


@dataclass(frozen=True)
class Harm:
    """The loss as it is and as it could be.

    Attributes
    ----------
    known : bool
        Whether both were measured.
    now, better : float
        The two losses; 0 if unknown.
    gap : float
        How much further the outputs are now from those with the statistics of the batch.
    """

    known: bool
    now: float = 0.0
    better: float = 0.0
    gap: float = 0.0

    @property
    def loss(self) -> float:
        """Return the difference; infinite for a loss that is not finite now."""
        return self.now - self.better if math.isfinite(self.now) else math.inf

    @property
    def counts(self) -> bool:
        """Return whether it is worth a word."""
        if not self.known:
            return False
        if math.isinf(self.loss):
            return True
        more = thresholds.LOSS_SHARE * abs(self.better)
        return self.loss > more and self.gap > thresholds.OUTPUT_GAP

    @property
    def evidence(self) -> dict[str, float]:
        """Return the two losses, or nothing."""
        return {"loss_now": self.now, "loss_better": self.better} if self.known else {}

    def sentence(self, how: str) -> str:
        """Return a sentence on the two losses, or nothing; ``how`` is what brings the better."""
        if not self.known:
            return ""
        now = short(self.now) if math.isfinite(self.now) else "not finite"
        same = "" if self.counts else ": hardly a difference"
        return f" The loss in eval mode is {now}, and {short(self.better)} {how}{same}."


def harm(record: Record, now: str, better: str, data: str = "train") -> Harm:
    """Return the harm of one mode against another, on one kind of data.

    Unknown if there is no loss, or none that is finite in the better mode.
    """
    first, second = record.outcome(now, data), record.outcome(better, data)
    if first is None or second is None:
        return Harm(known=False)
    if first.loss is None or second.loss is None or not math.isfinite(second.loss):
        return Harm(known=False, gap=_gap(first.gap, second.gap))
    return Harm(known=True, now=first.loss, better=second.loss, gap=_gap(first.gap, second.gap))


def _gap(now: float | None, better: float | None) -> float:
    """Return how much larger a gap is; outputs that are not finite are infinitely far.

    Where it was not measured the loss decides alone.
    """
    if now is None or better is None:
        return math.inf
    now, better = (g if math.isfinite(g) else math.inf for g in (now, better))
    return now if math.isinf(now) or math.isinf(better) else now - better
