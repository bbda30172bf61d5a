"""The words of the view on noise after batch norm."""

from collections.abc import Iterator

import numpy as np

from bnviz.labs.numerals import latex, latex_short, short
from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.learner import N_STEPS, Path
from bnviz.labs.why.trace import Trace

LEARNING = "The networks are learning the digits."
NAMES = {
    "none": "no norm", "bn": "BN", "noisy_bn": "noisy BN", "noisy_none": "noisy, no norm"
}  # fmt: skip


def end(path: Path) -> str:
    """Say how a run ended: its loss, or where it diverged."""
    if path.diverged:
        return f"diverges at step {path.diverged_at}"
    return f"{path.last_loss:.2f}"


def takeaway(trace: Trace) -> str:
    """State the losses at the end, and how far unit means drift."""
    if not trace.finished:
        return LEARNING
    drifts = (
        f"{NAMES[name]} {short(trace.paths[name].whole_drift)}"
        for name in ("none", "bn", "noisy_bn")
        if not trace.paths[name].diverged
    )
    losses = (f"{NAMES[name]} **{end(path)}**" for name, path in trace.paths.items())
    return (
        f"Loss after {N_STEPS} steps: {'; '.join(losses)}. Unit means drift by: "
        f"{', '.join(drifts)}."
    )


def lines(trace: Trace) -> list[str]:
    """Write what the noise is."""
    noise = trace.settings.noise
    return [
        r"\tilde y_c &= s_c\,(\gamma_c \hat x_c + \beta_c) + m_c"
        r" \qquad (s_c,\ m_c\ \text{new in each step})",
        rf"m_c &\in [-{latex(noise)},\ {latex(noise)}], \qquad "
        rf"s_c \in [1,\ {latex(1 + noise / 2)}]",
        rf"\text{{std of }} m_c &= \frac{{{latex(noise)}}}{{\sqrt 3}}"
        rf" = {latex_short(noise / np.sqrt(3))}",
    ]


def rows(trace: Trace) -> Iterator[Row]:
    """List losses and drifts."""
    for name, path in trace.paths.items():
        for step in range(0, N_STEPS, 5):
            yield "loss (nats) at step", NAMES[name], float(step), float(path.loss[step])
            yield "drift of unit means at step", NAMES[name], float(step), float(path.drift[step])
