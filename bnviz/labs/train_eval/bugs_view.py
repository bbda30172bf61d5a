"""The view on six bugs, each with its repairs."""

import math
from functools import partial
from typing import Any

import numpy as np

from bnviz.core.stats.running import start_share
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.train_eval import bugs
from bnviz.labs.train_eval.bugs import BUG, CONTRAST, CONTROL, NO_REPAIR, REPAIR, Outcome
from bnviz.labs.train_eval.loss_view import latex, nats
from bnviz.labs.train_eval.settings import BUGS
from bnviz.labs.train_eval.training import N_STEPS, Training, score
from bnviz.labs.view import Plot, Trace, View, columns

HARDLY = 1.15
"""Below this ratio of the losses a bug is said to show hardly."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what the bug costs, and what its repair brings back."""
    if not trace.found.finished:
        return "The bug is measured when the training is done."
    bug, repair = trace.found.outcomes[0], best_repair(trace)
    text = (
        f"{_name(trace)}: loss {nats(bug.loss)}, "
        f"{bug.accuracy:.0%} right; {_repaired(trace)}: {nats(repair.loss)}, "
        f"{repair.accuracy:.0%} right."
    )
    return f"{text} {_remark(trace)}".strip()


def _remark(trace: Trace[Any, Any]) -> str:
    """Return what two bars cannot say."""
    bug, outcomes = trace.settings.bug, trace.found.outcomes
    if bug == "forgot_eval":
        return (
            f"In train mode **{trace.found.fickle:.0%}** of the images change their answer with the "
            "images beside them."
        )
    if bug == "batch_of_one":
        return "PyTorch refuses such a batch; without that check every image gets the same answer."
    if bug == "sorted":
        control = next(o for o in outcomes if o.kind == CONTROL)
        anew = next(o for o in outcomes if o.kind == NO_REPAIR)
        return (
            f"Measuring the statistics anew does not help ({anew.accuracy:.0%}); without BN the "
            f"same batches give {control.accuracy:.0%}."
        )
    if bug == "shifted":
        return f"The test images have {CONTRAST:.0%} of their contrast; no label was used."
    if outcomes[0].loss < HARDLY * best_repair(trace).loss:
        if bug == "stale":
            anew = outcomes[-1]
            return (
                "Batches this small make the unbiased variance that PyTorch keeps too large. "
                f"Measured anew: {nats(anew.loss)}, {anew.accuracy:.0%} right."
            )
        return "At this batch size the bug hardly shows."
    return ""


def best_repair(trace: Trace[Any, Any]) -> Outcome:
    """Return the first repair, which is the usual one."""
    return next(o for o in trace.found.outcomes if o.kind == REPAIR)


def _repaired(trace: Trace[Any, Any]) -> str:
    """Return what the repair did, or its name where it does not lower the loss."""
    repair = best_repair(trace)
    better = repair.loss < trace.found.outcomes[0].loss
    return "repaired" if better else f"not lower with {repair.name}"


def bug_title(trace: Trace[Any, Any]) -> str:
    """Return the effect of the bug and of its repair, as plain text."""
    if not trace.found.outcomes or all(outcome.kind != REPAIR for outcome in trace.found.outcomes):
        return "The bug is measured when the training is done"
    bug, repair = trace.found.outcomes[0], best_repair(trace)
    return f"{_name(trace)}: loss {nats(bug.loss)}; {_repaired(trace)}: {nats(repair.loss)}"


def _name(trace: Trace[Any, Any]) -> str:
    name = BUGS[trace.settings.bug]
    return name[0].upper() + name[1:]


def formula(trace: Trace[Any, Any]) -> str:
    """Return what goes wrong."""
    return rf"\begin{{aligned}} {_wrong(trace.settings.bug, trace.settings.batch_size)} \end{{aligned}}"


def _wrong(bug: str, n: int) -> str:
    if bug == "batch_of_one":
        return r"\mu = x,\; \sigma^2 = 0: \qquad \hat x &= \frac{x - x}{\sqrt{0 + \epsilon}} = 0"
    if bug == "stale":
        left = start_share(bugs.STALE, N_STEPS)
        return (
            rf"(1 - p)^t &= {1 - bugs.STALE}^{{{N_STEPS}}} = {latex(left)} "
            r"\text{ of the start is left}"
        )
    if bug == "swapped":
        left = start_share(bugs.SWAPPED, 2)
        return (
            rf"p = {bugs.SWAPPED}: \qquad (1 - p)^2 &= {latex(left)} "
            r"\text{ is left of all but the last two batches}"
        )
    if bug == "sorted":
        return (
            r"x &= c + r, \; c \text{: class mean} \\[4pt] "
            r"\hat x &= \frac{(c + r) - c}{\sqrt{\sigma^2 + \epsilon}}, \text{ no } c"
        )
    if bug == "shifted":
        return (
            r"\hat x &\approx \frac{(\mu + "
            rf"{CONTRAST} \, (x - \mu)) - \mu}}{{\sqrt{{\sigma^2 + \epsilon}}}} "
            rf"\\[4pt] &= {CONTRAST} \cdot \frac{{x - \mu}}{{\sqrt{{\sigma^2 + \epsilon}}}}"
            r"\text{, layer 1}"
        )
    return (
        r"\text{layer 1, mean of } m \text{ images} &: \\[4pt] "
        rf"\text{{std}}(\bar x) = \frac{{\sigma}}{{\sqrt{{m}}}} "
        rf"&= \frac{{\sigma}}{{\sqrt{{{n}}}}} = {latex(1 / math.sqrt(n))} \, \sigma"
    )


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the bars as numbers."""
    rows = [(o.name, o.kind, o.loss, o.accuracy) for o in trace.found.outcomes]
    return columns(("case", "kind", "test loss (nats)", "accuracy"), rows)


HATCHED = {BUG: "/", NO_REPAIR: "x"}
THICK = 0.42
NAME_ABOVE = 0.36


def bars(trace: Trace[Any, Any], what: str) -> Figure:
    """Draw a bar for each case: hatched where it goes wrong, thin line for the recorded seeds."""
    outcomes = trace.found.outcomes
    values = np.array([o.loss if what == "loss" else 100 * o.accuracy for o in outcomes])
    top = 1.0 if what == "accuracy" else max(2.6, float(np.max(values, initial=0)) * 1.25)
    places = -np.arange(len(outcomes), dtype=float)
    names: theme.Trace = {
        "type": "scatter",
        "mode": "text",
        "x": np.zeros(len(outcomes)),
        "y": places + NAME_ABOVE,
        "text": [outcome.name for outcome in outcomes],
        "textposition": "middle right",
        "textfont": {"color": theme.TEXT},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    drawn = [_bar(*case, what) for case in zip(outcomes, places, values, strict=True)]
    axis = {
        "loss": theme.axis("Test loss", "nats"),
        "accuracy": theme.axis("Right answers", "%", tickvals=[0, 20, 40, 60, 80, 100]),
    }
    scale = 100 if what == "accuracy" else 1
    return theme.figure(
        bug_title(trace) if what == "loss" else _right(trace),
        [*drawn, names, *_seeds(trace, what, places)],
        {**axis[what], "range": [0, top * scale * 1.12]},
        theme.axis(
            "", range=[-max(len(outcomes), 2) + 0.5, 0.65], tickvals=[], showline=False, ticklen=0
        ),
        barmode="overlay",
        margin={"l": 16},
    )


def _bar(outcome: Outcome, place: float, value: float, what: str) -> theme.Trace:
    role = theme.WITHOUT if outcome.kind == CONTROL else theme.WITH
    text = nats(outcome.loss) if what == "loss" else f"{outcome.accuracy:.0%}"
    marker: dict[str, Any] = {"line": {"color": role.color, "width": 1}}
    if hatch := HATCHED.get(outcome.kind):
        ground = {"fgcolor": role.color, "bgcolor": theme.BACKGROUND}
        marker["pattern"] = {"shape": hatch, **ground, "size": 7}
    said: dict[str, Any] = {"text": [f" {text}"], "textposition": "outside", "cliponaxis": False}
    style = {"name": outcome.name, "hover": f"{outcome.name} ({outcome.kind}): {text}"}
    return theme.bars(
        [value], [place], role, level=True, width=THICK, marker=marker, **style, **said
    )


def _seeds(trace: Trace[Any, Any], what: str, places: np.ndarray) -> list[theme.Trace]:
    """Return the recorded range over the seeds, where these settings are recorded."""
    values = trace.found.seeds.get(what, np.empty((0, 0))) * (100 if what == "accuracy" else 1)
    if not values.size or not len(places):
        return []
    x, y = [], []
    for case, place in enumerate(places):
        x += [values[:, case].min(), values[:, case].max(), np.nan]
        y += [place - 0.6 * THICK, place - 0.6 * THICK, np.nan]
    name = f"range over {len(values)} seeds, recorded"
    thick, hover = {"dash": "solid", "width": 3}, f"{name}<br>%{{x:.3g}}<extra></extra>"
    return [theme.line(x, y, theme.REFERENCE, name=name, line=thick, hovertemplate=hover)]


def _right(trace: Trace[Any, Any]) -> str:
    if len(trace.found.outcomes) < 2:
        return "Right answers"
    words = ", ".join(f"{outcome.accuracy:.0%}" for outcome in trace.found.outcomes)
    return f"Right answers, from top to bottom: {words}"


def credit(trace: Trace[Any, Any]) -> str:
    """Return what is recorded, and what is live."""
    live = "The bars are this run, live."
    if not trace.found.seeds:
        return live
    return f"{live} The grey lines below them are **{trace.found.credit}**."


VIEW = View(
    name="bugs",
    label="Six bugs",
    measure=bugs.measure,
    needs=("batch_size", "bug", "seed"),
    free=("bug", "batch_size"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "bug_loss",
            partial(bars, what="loss"),
            "Test loss of the bug and of each repair, as bars.",
        ),
        Plot(
            "bug_accuracy",
            partial(bars, what="accuracy"),
            "Share of right answers of the bug and of each repair, as bars.",
        ),
    ),
    code=(Training.step, score),
    credit=credit,
    reading="""
**Six bugs.** A hatched bar is the bug, a full one a repair, a crossed one what does not help, and
orange is a network without BN. The grey line below a bar is the range over the recorded
seeds. All bugs use your batch size, and PyTorch's defaults in everything else.
""",
)
