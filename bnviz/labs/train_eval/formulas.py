"""The formulas of this lab, with the reader's own numbers in them, as LaTeX."""

import math

from bnviz.core.stats.running import start_share
from bnviz.labs.numerals import to_latex
from bnviz.labs.train_eval.bugs import CONTRAST, STALE, SWAPPED
from bnviz.labs.train_eval.trace import Trace


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX."""
    write = {
        "loss": _standardize,
        "running": _update,
        "conventions": _start_up,
        "bugs": _bug,
    }
    return r"\begin{aligned} " + write[view](trace) + r" \end{aligned}"


def _standardize(trace: Trace) -> str:
    """Write what the unit on show does to 1 with each of the three statistics."""
    step = int(trace.steps[-1])
    unit = trace.unit
    lines = [r"\hat x &= \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}"]
    for name, stats in (("running", unit.running[:, step]), ("precise", unit.true[:, -1])):
        mean, var = map(float, stats)
        value = (1 - mean) / math.sqrt(var + 1e-5)
        lines.append(
            rf"\text{{{name}: }} 1 &\mapsto \frac{{1 {_signed(-mean)}}}"
            rf"{{\sqrt{{{_latex(var)} + 10^{{-5}}}}}} = {_latex(value)}"
        )
    return r" \\[6pt] ".join(lines)


def _bug(trace: Trace) -> str:
    """Write what goes wrong."""
    n = trace.settings.batch_size
    if trace.settings.bug == "batch_of_one":
        return r"\mu = x,\; \sigma^2 = 0: \qquad \hat x &= \frac{x - x}{\sqrt{0 + \epsilon}} = 0"
    if trace.settings.bug == "stale":
        left = start_share(STALE, trace.n_steps)
        return (
            rf"(1 - p)^t &= {1 - STALE}^{{{trace.n_steps}}} = {_latex(left)} "
            r"\text{ of the start is left}"
        )
    if trace.settings.bug == "swapped":
        return (
            rf"p = {SWAPPED}: \qquad (1 - p)^2 &= {_latex(start_share(SWAPPED, 2))} "
            r"\text{ is left of all but the last two batches}"
        )
    if trace.settings.bug == "sorted":
        return (
            r"x &= c + r, \; c \text{: class mean} \\[4pt] "
            r"\hat x &= \frac{(c + r) - c}{\sqrt{\sigma^2 + \epsilon}}, \text{ no } c"
        )
    if trace.settings.bug == "shifted":
        return (
            r"\hat x &\approx \frac{(\mu + "
            rf"{CONTRAST} \, (x - \mu)) - \mu}}{{\sqrt{{\sigma^2 + \epsilon}}}} "
            rf"\\[4pt] &= {CONTRAST} \cdot \frac{{x - \mu}}{{\sqrt{{\sigma^2 + \epsilon}}}}"
            r"\text{, layer 1}"
        )
    return (
        r"\text{layer 1, mean of } m \text{ images} &: \\[4pt] "
        rf"\text{{std}}(\bar x) = \frac{{\sigma}}{{\sqrt{{m}}}} "
        rf"&= \frac{{\sigma}}{{\sqrt{{{n}}}}} = {_latex(1 / math.sqrt(n))} \, \sigma"
    )


def _update(trace: Trace) -> str:
    step = trace.updates(int(trace.steps[-1]))
    if step == 0:
        return r"r &\leftarrow (1 - p)\,r + p\,b"
    old, new, batch = (
        trace.unit.running[1, step - 1],
        trace.unit.running[1, step],
        trace.unit.batch[1, step - 1],
    )
    p = 1 / step if trace.settings.momentum is None else trace.settings.momentum
    head = r"\text{running} &\leftarrow (1 - p)\,\text{running} + p\,\text{batch}"
    plain = trace.settings.start != "corrected" and trace.settings.variance == "unbiased"
    if trace.settings.momentum is not None and not plain:
        return head
    if trace.settings.variance == "biased":
        batch *= (trace.settings.batch_size - 1) / trace.settings.batch_size
    return (
        rf"{head} \\[4pt] {_latex(new)} &= {_latex(1 - p)} \cdot {_latex(old)} + "
        rf"{_latex(p)} \cdot {_latex(batch)}"
    )


def _start_up(trace: Trace) -> str:
    momentum = trace.settings.momentum
    head = r"\frac{E[r_t]}{\sigma^2} &= 1 - (1 - p)^t"
    if momentum is None:
        return r"E[r_t] &= \frac{1}{t}\sum_{s=1}^{t} E[b_s] = \sigma^2"
    lines = [head]
    for t in (1, 10):
        share = 1 - start_share(momentum, t)
        lines.append(
            rf"1 - {_latex(1 - momentum)}^{{{t}}} &= {_latex(share)}, \; "
            rf"\tfrac{{1}}{{\sqrt{{{_latex(share)}}}}} = {_latex(1 / math.sqrt(share))}"
        )
    n = trace.settings.batch_size
    lines.append(rf"\frac{{m-1}}{{m}} &= \frac{{{n - 1}}}{{{n}}} = {_latex((n - 1) / n)}")
    return r" \\[4pt] ".join(lines)


def _latex(value: float) -> str:
    """Write a number with three digits as LaTeX."""
    if not math.isfinite(value):
        return r"\text{no number}"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return to_latex(f"{value:.1e}")


def _signed(value: float) -> str:
    return f"- {_latex(-value)}" if value < 0 else f"+ {_latex(value)}"
