"""How good the outputs of a model are in one mode, summed up over batches."""

from typing import Any

from bnviz.core.array import Array
from bnviz.doctor.batches import Batch
from bnviz.doctor.loss import Judgement, main_tensor
from bnviz.doctor.record import Outcome
from bnviz.doctor.tally import Gap, sampled


class Score:
    """Sums over the batches of one mode and one loader."""

    def __init__(self, mode: str, data: str, judgement: Judgement) -> None:
        self.mode, self.data, self._judgement = mode, data, judgement
        self._n, self._loss, self._right = 0, 0.0, 0.0
        self._has_loss, self._has_right = True, True
        self._n_finite, self._n_values = 0, 0
        self._gap: Gap | None = Gap()

    def add(self, output: Any, batch: Batch, reference: Array | None) -> None:
        """Take in a batch.

        ``output`` is what the model gave for it; ``reference`` are values of its output in mode
        "batch", as `sampled` takes them, or None if unknown.
        """
        n = batch.n_samples
        loss, right = self._judgement.loss(output, batch), self._judgement.n_right(output, batch)
        self._has_loss &= loss is not None
        self._has_right &= right is not None
        self._n += n
        self._loss += n * float(loss) if loss is not None else 0.0
        self._right += right or 0.0
        out = main_tensor(output)
        if out is not None:
            self._n_finite += int(out.isfinite().sum())
            self._n_values += out.numel()
        if reference is None or out is None:
            self._gap = None
        elif self._gap is not None:
            self._gap.add(reference, sampled(out))

    def outcome(self) -> Outcome | None:
        """Return the means; None if there was no batch."""
        if not self._n:
            return None
        return Outcome(
            mode=self.mode,
            data=self.data,
            loss=self._loss / self._n if self._has_loss else None,
            accuracy=self._right / self._n if self._has_right else None,
            n_samples=self._n,
            finite_share=self._n_finite / max(self._n_values, 1),
            gap=None if self._gap is None else self._gap.value,
        )
