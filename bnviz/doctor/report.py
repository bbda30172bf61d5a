"""A check-up: what was measured in a model, and what was found in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bnviz.doctor import file, html, table
from bnviz.doctor.finding import Finding
from bnviz.doctor.measure import measure
from bnviz.doctor.record import Record
from bnviz.doctor.rules import judge


@dataclass(frozen=True, eq=False)
class Report:
    """What a check-up measured and found.

    Attributes
    ----------
    record : Record
        The measurements: statistics only, no weights and no data.
    findings : tuple of Finding
        What is wrong, the worst first.

    Examples
    --------
    A network that was never trained has statistics of nothing:

    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
    >>> data = torch.arange(96.0).reshape(4, 8, 3).sin() + 2
    >>> examine(model, list(data)).findings[0].code
    'never-updated'
    """

    record: Record
    findings: tuple[Finding, ...]

    def save(self, path: str | Path) -> None:
        """Write the report as JSON."""
        Path(path).write_text(file.written(self.record, self.findings), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "Report":
        """Read a report back.

        Raises
        ------
        file.Unreadable
            If the file is no report, damaged, too large, or of a newer version.
        """
        with Path(path).open("rb") as opened:
            return cls.loads(opened.read(file.LARGEST_FILE + 1))

    @classmethod
    def loads(cls, data: bytes) -> "Report":
        """Read a report from the bytes of its file; errors as those of ``load``."""
        return cls(*file.read(data))

    def to_html(self, path: str | Path) -> None:
        """Write one page that needs nothing else: no script, no network."""
        Path(path).write_text(html.page(self.record, self.findings), "utf-8", errors="replace")

    def __str__(self) -> str:
        return table.text(self.record, self.findings)


def examine(
    model: Any,
    loader: Any,
    eval_loader: Any = None,
    loss: Callable[[Any, Any], Any] | None = None,
    optimizer: Any = None,
    max_batches: int = 32,
    *,
    forward: Callable[[Any, Any], Any] | None = None,
    averaged: Any = None,
) -> Report:
    """Examine the norm layers of a PyTorch model, and leave it bit for bit as it was.

    Parameters
    ----------
    model : torch.nn.Module
        In the mode, and with the running statistics, that are to be judged. It goes back to them,
        also if something fails: parameters, buffers, modes, attributes, hooks, gradients, and the
        generators of random numbers. For that a copy of its tensors is held.
    loader : iterable
        Training data in batches: x, (x, y), or what `forward` takes. It is read twice; an iterator
        once, with its batches kept.
    eval_loader : iterable, optional
        Evaluation data, of the same form.
    loss : callable, optional
        ``loss(output, y)``, the mean over the samples. Without it: cross entropy for whole numbers,
        mean squared error for others, none without y. The report says which.
    optimizer : torch.optim.Optimizer, optional
        Only its weight decay is read.
    max_batches : int
        Batches of each loader that are used, at least 2.
    forward : callable, optional
        ``forward(model, batch)`` returns the output, where ``model(x)`` does not. Then y is the
        last of a tuple, or "y", "labels", "label", "targets" or "target" in a dict; the loss gets
        the whole batch where there is none of these.
    averaged : torch.nn.Module, optional
        A model with averaged weights (EMA, SWA), examined in the same way.

    Returns
    -------
    Report

    Raises
    ------
    Refusal
        With one sentence, if there is nothing to examine or it cannot be done: no norm layers, an
        empty loader, a single batch, batches of one, data that are not finite, a scripted,
        quantized or lazy model, a model that needs more than x, or that fails.

    Notes
    -----
    Four forward passes over each batch of the loader, and three over each of the evaluation data;
    one more over each with statistics that are not finite; three over the first batch, one of them
    a training step. With `averaged` as many again. ``record.n_passes`` counts those of `model`.
    """
    record = measure(
        model,
        loader,
        eval_loader=eval_loader,
        loss=loss,
        optimizer=optimizer,
        max_batches=max_batches,
        forward=forward,
        averaged=averaged,
    )
    return Report(record, judge(record))
