"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.labs.numerals import aligned, latex, short, to_latex
from bnviz.labs.why.correlation import largest
from bnviz.labs.why.learner import N_STEPS, Path
from bnviz.labs.why.trace import Trace

LEARNING = "The networks are learning the digits."
NAMES = {
    "none": "no norm", "bn": "BN", "noisy_bn": "noisy BN", "noisy_none": "noisy, no norm"
}  # fmt: skip


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"noise", "correlation"}
    """
    return {"noise": _noise, "correlation": _correlation}[view](trace)


def end(path: Path) -> str:
    """Say how a run ended: its loss, or where it diverged."""
    if path.diverged:
        return f"diverges at step {path.diverged_at}"
    return f"{path.last_loss:.2f}"


def _noise(trace: Trace) -> str:
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


def _correlation(trace: Trace) -> str:
    found = trace.correlation
    return (
        f"BN changes no correlation by more than **{short(found.changed)}**: the largest is "
        f"{largest(found.before):.2f} before and {largest(found.after):.2f} after. Whitening "
        f"leaves at most {short(found.left)}."
    )


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    lines = {"noise": _noise_lines, "correlation": _correlation_lines}[view](trace)
    return aligned(lines)


def _noise_lines(trace: Trace) -> list[str]:
    noise = trace.settings.noise
    return [
        r"\tilde y_c &= s_c\,(\gamma_c \hat x_c + \beta_c) + m_c"
        r" \qquad (s_c,\ m_c\ \text{new in each step})",
        rf"m_c &\in [-{latex(noise)},\ {latex(noise)}], \qquad "
        rf"s_c \in [1,\ {latex(1 + noise / 2)}]",
        rf"\text{{std of }} m_c &= \frac{{{latex(noise)}}}{{\sqrt 3}}"
        rf" = {_number(noise / np.sqrt(3))}",
    ]


def _correlation_lines(trace: Trace) -> list[str]:
    found = trace.correlation
    return [
        r"\mathrm{corr}(a x_i + b,\ c x_j + d) &= \mathrm{corr}(x_i, x_j) \qquad (a, c > 0)",
        rf"\max |\Delta\,\mathrm{{corr}}| &= {_number(found.changed)} \qquad \text{{by BN}}",
        r"\mathrm{ZCA}(x) &= \Sigma^{-1/2}\,(x - \mu)",
    ]


def _number(value: float) -> str:
    return to_latex(f"{value:.3g}")


Row = tuple[str, str, float, float]


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give the numbers of the views, a row for each.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to list
    """
    headings = ("what", "network", "at", "value")
    return dict(zip(headings, map(list, zip(*_rows(trace), strict=True)), strict=True))


def _rows(trace: Trace) -> Iterator[Row]:
    found = trace.correlation
    yield "largest change of a correlation", "BN", 0.0, found.changed
    yield "largest correlation left", "whitening", 0.0, found.left
    for name, path in trace.paths.items():
        for step in range(0, N_STEPS, 5):
            yield "loss (nats) at step", NAMES[name], float(step), float(path.loss[step])
            yield "drift of unit means at step", NAMES[name], float(step), float(path.drift[step])
