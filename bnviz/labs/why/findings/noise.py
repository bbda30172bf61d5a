"""The words of the view on noise after batch norm."""

from collections.abc import Iterator

import numpy as np

from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.learner import N_STEPS, Path
from bnviz.labs.why.trace import Trace
from bnviz.numerals import latex, latex_short, short

LEARNING = "The networks are learning the digits."
NAMES = {
    "none": "no norm", "bn": "BN", "noisy_bn": "noisy BN", "noisy_none": "noisy, no norm"
}  # fmt: skip

LEVEL = 1.05
"""How many times as high a loss may be and still be called level."""


def end(path: Path) -> str:
    """Say how a run ended: its loss, or where it diverged."""
    if path.diverged:
        return f"diverges at step {path.diverged_at}"
    return f"{path.last_loss:.2f}"


def takeaway(trace: Trace) -> str:
    """State the losses at the end, and how far unit means drift."""
    if not trace.finished:
        return LEARNING
    none, bn, noisy, noisy_none = trace.none, trace.bn, trace.noisy_bn, trace.noisy_none
    last = f"The same noise without norm {_told(noisy_none)}."
    if none.diverged or bn.diverged or noisy.diverged:
        told = (
            f"{NAMES[name]} **{end(trace.paths[name])}**" for name in ("none", "bn", "noisy_bn")
        )
        return f"Loss after {N_STEPS} steps: {'; '.join(told)}. {last}"
    return (
        f"After {N_STEPS} steps noisy BN is at a loss of **{end(noisy)}**: {_beside(noisy, none)} "
        f"no norm (**{end(none)}**), {_beside(noisy, bn)} BN (**{end(bn)}**). Over all steps "
        f"its unit means drift by {short(noisy.whole_drift)}; without norm they drift by "
        f"{short(none.whole_drift)}, with BN by {short(bn.whole_drift)}. {last}"
    )


def _told(path: Path) -> str:
    return end(path) if path.diverged else f"ends at {end(path)}"


def _beside(path: Path, other: Path) -> str:
    """Say where the loss of a run ends, beside that of another one."""
    ratio = path.last_loss / other.last_loss
    if 1 / LEVEL <= ratio <= LEVEL:
        return "level with"
    return "below" if ratio < 1 else "above"


def lines(trace: Trace) -> list[str]:
    """Write what the noise is."""
    noise = trace.settings.noise
    return [
        r"\tilde y_c &= s_c\,(\gamma_c \hat x_c + \beta_c) + m_c",
        r"s_c,\ m_c &: \text{new in each step}",
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
