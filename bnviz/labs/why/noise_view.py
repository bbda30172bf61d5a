"""The view on shifting noise behind batch norm, with norm and without."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.labs.why.learner import N_STEPS, SCATTER, Path, drawn, noisy_forward, noisy_gradient
from bnviz.labs.why.learner import drift as drift_of
from bnviz.labs.why.noise import measure
from bnviz.numerals import aligned, latex, latex_short, short

LEARNING = "The networks are learning the digits."
NAMES = {
    "none": "no norm", "bn": "BN", "noisy_bn": "noisy BN", "noisy_none": "noisy, no norm"
}  # fmt: skip

LEVEL = 1.05
"""How many times as high a loss may be and still be called level."""


def finished(paths: Mapping[str, Path]) -> bool:
    """Return whether all runs are over."""
    return all(path.finished for path in paths.values())


def end(path: Path) -> str:
    """Return the end of a run: its loss, or where it diverged."""
    if path.diverged:
        return f"diverges at step {path.diverged_at}"
    return f"{path.last_loss:.2f}"


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the losses at the end, and how far unit means drift."""
    if not finished(trace.found):
        return LEARNING
    none, bn, noisy, noisy_none = (trace.found[name] for name in NAMES)
    ends = end(noisy_none) if noisy_none.diverged else f"ends at {end(noisy_none)}"
    last = f"The same noise without norm {ends}."
    if none.diverged or bn.diverged or noisy.diverged:
        each = (
            f"{NAMES[name]} **{end(trace.found[name])}**" for name in ("none", "bn", "noisy_bn")
        )
        return f"Loss after {N_STEPS} steps: {'; '.join(each)}. {last}"
    return (
        f"After {N_STEPS} steps noisy BN is at a loss of **{end(noisy)}**: {_beside(noisy, none)} "
        f"no norm (**{end(none)}**), {_beside(noisy, bn)} BN (**{end(bn)}**). Over all steps "
        f"its unit means drift by {short(noisy.whole_drift)}; without norm they drift by "
        f"{short(none.whole_drift)}, with BN by {short(bn.whole_drift)}. {last}"
    )


def _beside(path: Path, other: Path) -> str:
    """Return where the loss of a run ends, beside that of another one."""
    ratio = path.last_loss / other.last_loss
    if 1 / LEVEL <= ratio <= LEVEL:
        return "level with"
    return "below" if ratio < 1 else "above"


def formula(trace: Trace[Any, Any]) -> str:
    """Return the noise and its size."""
    noise = trace.settings.noise
    each = "nc" if trace.settings.kind == "sample" else "c"
    lines = [
        rf"\tilde y_{{nc}} &= s_{{{each}}}\,(\gamma_c \hat x_{{nc}} + \beta_c) + m_{{{each}}}",
        r"s_c,\ m_c &: \text{new in each step}",
        rf"m_c &\in [{latex(-noise)},\ {latex(noise)}], \qquad "
        rf"s_c \in [1,\ {latex(1 + noise / 2)}]",
        rf"\text{{std of }} m_c &= \frac{{{latex(noise)}}}{{\sqrt 3}}"
        rf" = {latex_short(noise / np.sqrt(3))}",
    ]
    if each == "nc":
        r = latex(round(SCATTER * noise, 6))
        lines.append(
            rf"m_{{nc}} &\in [m_c - {r},\ m_c + {r}], \qquad s_{{nc}} \sim \mathcal N(s_c, {r}^2)"
        )
    return aligned(lines)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield losses and drifts."""
    for name, path in trace.found.items():
        for step in range(0, N_STEPS, 5):
            yield "loss (nats) at step", NAMES[name], float(step), float(path.loss[step])
            yield "drift of unit means at step", NAMES[name], float(step), float(path.drift[step])


STEPS = np.arange(N_STEPS)
ROLES = {
    "none": theme.WITHOUT,
    "bn": theme.WITH,
    "noisy_bn": theme.THIRD,
    "noisy_none": theme.FOURTH,
}
MOST_LOSS = 4.0
"""Top of the axis of losses; a run that diverges leaves the plot there."""


def loss(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss of each network, mean of ten batches."""
    title = LEARNING.rstrip(".")
    if finished(trace.found):
        none, bn, noisy, _ = (end(trace.found[name]) for name in NAMES)
        title = f"Loss at the end: BN {bn}, noisy BN {noisy}, no norm {none}"
    rows = {name: trailing_mean(path.loss) for name, path in trace.found.items()}
    return _figure(trace, title, rows, theme.axis("Training loss", "nats", range=[0, MOST_LOSS]))


def drift(trace: Trace[Any, Any]) -> Figure:
    """Draw how far unit means have moved so far."""
    none, bn, noisy, _ = (trace.found[name] for name in NAMES)
    title = LEARNING.rstrip(".")
    if finished(trace.found) and not (none.diverged or noisy.diverged):
        times = noisy.whole_drift / none.whole_drift
        title = f"Over all steps noisy BN drifts {short(times)} times as far as no norm"
    elif finished(trace.found):
        title = f"Over all steps BN without noise drifts by {short(bn.whole_drift)}"
    rows = {name: path.drift for name, path in trace.found.items()}
    most = max(float(np.nanmax(rows[name], initial=0.1)) for name in rows if name != "noisy_none")
    return _figure(
        trace,
        title,
        rows,
        theme.axis("Drift of unit means so far", range=[-0.05 * most, 1.2 * most]),
    )


def _figure(
    trace: Trace[Any, Any], title: str, rows: dict[str, np.ndarray], yaxis: dict[str, object]
) -> Figure:
    data: list[theme.Trace] = []
    top = yaxis["range"][1]  # type: ignore[index]
    for name, row in rows.items():
        data.append(theme.line(STEPS, row, ROLES[name], name=NAMES[name]))
        inside = np.isfinite(row) & (row <= top)
        if name != "noisy_none" and inside.any():
            data.append(theme.end_label(STEPS, row, NAMES[name], ROLES[name]))
    path = trace.found["noisy_none"]
    note = {
        "x": 0.98, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "top",
        "text": f"{NAMES['noisy_none']}: {end(path)}" if path.finished else NAMES["noisy_none"],
        "font": {"color": theme.FOURTH.text},
    }  # fmt: skip
    return theme.figure(
        title, data, theme.axis("Step", range=[0, N_STEPS]), yaxis, annotations=[note], margin=ROOM
    )


VIEW = View(
    name="noise",
    label="Noise after BN",
    measure=measure,
    needs=("noise", "kind", "lr", "depth", "batch_size", "seed"),
    free=("noise", "kind"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("loss", loss, "Training loss over the steps for four networks."),
        Plot("drift", drift, "Drift of the unit means over the steps for the same networks."),
    ),
    code=(drawn, noisy_forward, noisy_gradient, drift_of),
    reading="""
**Noise after BN.** *Noisy*: in each step every hidden unit is stretched and shifted by new numbers
just before its ReLU.

Four networks start from the same weights, on the same batches of digits. The noise comes behind BN
where there is one. All examples of a batch get the same, or each sample its own, scattered around
those of the unit. The loss is the mean of ten batches, with the noise on.

*Drift*: take the mean over the batch that a unit sends to its ReLU, and its standard deviation over
the steps so far; the line is the mean over all hidden units. Where a run leaves the plot it has
gone beyond the axis; a loss of 1000 is called diverged.
""",
    try_this="Set the noise to 0.5, drawn for each unit and sample. Then open "
    "**More controls** and set a learning rate of 0.5, or 0.05, or three hidden layers. Which is ahead, noisy BN or no "
    "norm?",
    claims=(
        Claim(
            "With noise of ± 1 for each unit behind every BN, unit means drift 0.5 to 1.6 times as far "
            "as without norm, and the network learns: its loss ends at 0.6 to 1.1, where guessing "
            "is at 2.3 (ten layers of 32 ReLU units, digits in batches of 64, plain SGD at 0.2, 100 "
            "steps; the network, the data and the steps are the same in the next sentences).",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "The noise costs something: the loss ends above that of BN without noise, 1.6 times as high "
            "at least (rate 0.2).",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "Beside no norm without noise it is about even: noisy BN (± 1) ends lower in 13 of 20 seeds "
            "at a rate of 0.2, and in 13 of 20 with each at its own best rate of 0.05, 0.1, 0.2, 0.3 "
            "and 0.5 (no norm 0.1, noisy BN 0.5; chosen on other seeds).",
            "measured here",
        ),
        Claim(
            "With noise of ± 0.5, and each at its own best rate, noisy BN (0.5) ends at 0.22 to 0.46: "
            "below no norm (0.1) in 20 of 20 seeds, above BN (0.5) in 19 of 20. Its unit means drift "
            "0.4 to 0.8 times as far as without norm.",
            "measured here",
        ),
        Claim(
            "In VGG on CIFAR-10 there is almost no difference between BN and noisy BN, and both train "
            "better than no norm. The noise there is drawn for each activation and sample.",
            "reported",
            "Santurkar et al. 2018, section 2 (from notes)",
        ),
        Claim(
            "With noise of ± 0.5 for each unit and sample noisy BN ends above BN, in 20 of 20 seeds at a "
            "rate of 0.2 (0.40 to 0.81, BN 0.21 to 0.41) and in 20 of 20 with each at its own best rate "
            "(both 0.5). It ends below no norm in 18 of 20 at 0.2 and in 18 of 20 with each at its own "
            "best rate. Twice as strong, it ends above BN in 20 of 20 and below no norm in 7 of 20 "
            "(rate 0.2).",
            "measured here",
        ),
        Claim(
            "Noise of ± 1 without a norm diverges, of either kind (rate 0.2).",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "The effect depends on depth and learning rate: with three layers at a rate of 0.2, or "
            "ten at 0.05, noisy BN (± 1) ends above no norm.",
            "measured here",
            held="20 of 20",
        ),
    ),
)
