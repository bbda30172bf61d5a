"""What this lab says in words: every number comes from the trace."""

import math
from typing import Any

import numpy as np

from bnviz.core.stats.running import half_life, start_share
from bnviz.labs.numerals import short
from bnviz.labs.train_eval.bugs import BUG, CONTRAST, CONTROL, NO_REPAIR, REPAIR, Outcome
from bnviz.labs.train_eval.formulas import formula
from bnviz.labs.train_eval.settings import BUGS
from bnviz.labs.train_eval.trace import BATCH, PRECISE, RUNNING, STARTS, Trace
from bnviz.marks import number_text

__all__ = [
    "best_repair",
    "bug_title",
    "formula",
    "half_life_words",
    "memory",
    "nats",
    "percent",
    "table",
    "takeaway",
]

NAMES = {
    "batch": "the test batch's own statistics",
    "running": "running statistics",
    "precise": "precise statistics",
}
SAME = 1.05
"""Losses whose ratio is smaller are called about the same."""
HARDLY = 1.15
"""Below this ratio of the losses a bug is said to show hardly."""


def takeaway(trace: Trace, view: str) -> str:
    """Say what happened, as one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"loss", "running", "conventions", "bugs"}
    """
    say = {"loss": _losses, "running": _running, "conventions": _conventions, "bugs": _bug}
    return say[view](trace)


def _losses(trace: Trace) -> str:
    n, step = trace.settings.batch_size, trace.steps[-1]
    values = [f"**{nats(value)}** with {NAMES[way]}" for way, value in _ways(trace)]
    head = f"After {step} steps" if trace.finished else f"So far, after {step} steps"
    text = f"{head} with batches of {n}, the test loss is {values[0]}, {values[1]}, {values[2]}"
    return f"{text}: {_order(trace)}."


def _order(trace: Trace) -> str:
    """Say which is best, if there is a best one."""
    ranked = sorted(_ways(trace), key=lambda pair: pair[1])
    (best, least), (_, second), (worst, most) = ranked
    if not np.isfinite(most):
        return "one of them is too large to be written as a number"
    if not _alike(least, second):
        return f"{NAMES[best]} are best"
    if _alike(second, most):
        return "the three are about the same"
    return f"{NAMES[worst]} are worst, and the other two are about the same"


def _alike(less: float, more: float) -> bool:
    """Whether two losses are too close for a verdict, or look the same where they are printed."""
    return more < SAME * less or nats(less) == nats(more)


def _ways(trace: Trace) -> list[tuple[str, float]]:
    last = trace.loss[-1]
    return [("batch", last[BATCH]), ("running", last[RUNNING]), ("precise", last[PRECISE])]


def _running(trace: Trace) -> str:
    step, ratio = int(trace.steps[-1]), _variance_ratio(trace)
    end = f"the running variance of the unit is {short(ratio)} times the true one"
    if not math.isfinite(ratio):
        end = "the true variance of the unit is 0"
    return f"{memory(trace, step)}; after {step} steps {end}."


def memory(trace: Trace, step: int) -> str:
    """Say how far back the running statistics reach at a step."""
    settings = trace.settings
    if settings.momentum is None:
        return "The cumulative average never forgets: all batches so far have the same weight"
    t = trace.updates(step)
    if settings.momentum == 1:
        return "Momentum 1 keeps the last batch and forgets all others"
    text = (
        f"Momentum {number_text(settings.momentum)} halves the weight of a batch every "
        f"{half_life_words(settings.momentum)}"
    )
    if settings.start == "corrected":
        return f"{text}, and the correction takes the start out"
    return f"{text}, and the start still weighs {percent(start_share(settings.momentum, t))}"


def half_life_words(momentum: float) -> str:
    """Say after how many steps a batch has half of its weight.

    Examples
    --------
    >>> half_life_words(0.1)
    '6.6 steps'
    """
    return f"{short(half_life(momentum))} steps"


def _variance_ratio(trace: Trace) -> float:
    running, true = trace.unit.running[1, trace.steps[-1]], trace.unit.true[1, -1]
    return float(running / true) if true > 0 else math.nan


def _conventions(trace: Trace) -> str:
    momentum = trace.settings.momentum
    first = STARTS.index("zero")
    if momentum is None:
        start = "The cumulative average gives the start no weight"
    else:
        share = float(trace.start_up.closed[first, 0])
        start = (
            f"With momentum {number_text(momentum)} a running variance that starts at 0 is "
            f"{short(share)} of the true one after the first batch"
        )
        if share < 0.99:
            start += f", so outputs are {short(1 / math.sqrt(share))} times too large"
    layers = trace.libraries.share[-1, -1]
    return (
        f"{start}; the unbiased variance of the paper is {layers[0]:.2f} of the true one in "
        f"layer 1, and {layers[-1]:.2f} in layer {len(layers)}."
    )


def _bug(trace: Trace) -> str:
    if not trace.finished:
        return "The bug is measured when the training is done."
    bug, repair = trace.outcomes[0], best_repair(trace)
    text = (
        f"{_name(trace)}: loss {nats(bug.loss)}, "
        f"{bug.accuracy:.0%} right; repaired: {nats(repair.loss)}, {repair.accuracy:.0%} right."
    )
    return f"{text} {_remark(trace)}".strip()


def _remark(trace: Trace) -> str:
    """Add what two bars cannot say."""
    bug, outcomes = trace.settings.bug, trace.outcomes
    if bug == "forgot_eval":
        return (
            f"In train mode **{trace.fickle:.0%}** of the images change their answer with the "
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
        return "At this batch size the bug hardly shows."
    return ""


def best_repair(trace: Trace) -> Outcome:
    """Return the first repair, which is the usual one."""
    return next(outcome for outcome in trace.outcomes if outcome.kind == REPAIR)


def percent(share: float) -> str:
    """Write a share for a reader.

    Examples
    --------
    >>> percent(0.349), percent(0.0042), percent(1e-9), percent(1.0)
    ('35%', '0.42%', 'less than 0.01%', '100%')
    """
    if 0 < share < 1e-4:
        return "less than 0.01%"
    return f"{100 * share:.2g}%" if share < 0.1 else f"{100 * share:.0f}%"


def table(trace: Trace) -> dict[str, Any]:
    """Give the numbers of a run as columns, a row for each snapshot.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to array, shape (T,)
        Heading, with its unit, to values.
    """
    steps, unit = trace.steps, trace.unit
    columns: dict[str, Any] = {"step": steps}
    for way, place in (("batch", BATCH), ("running", RUNNING), ("precise", PRECISE)):
        columns[f"test loss, {way} (nats)"] = trace.loss[:, place]
        columns[f"accuracy, {way}"] = trace.accuracy[:, place]
    for row, what in enumerate(("mean", "variance")):
        columns[f"running {what} of the unit"] = unit.running[row, steps]
        columns[f"true {what} of the unit"] = unit.true[row]
    for place, name in enumerate(trace.libraries.names):
        columns[f"test loss, {name} (nats)"] = trace.libraries.loss[:, place]
        for layer in range(trace.libraries.share.shape[2]):
            heading = f"variance / true one, {name}, layer {layer + 1}"
            columns[heading] = trace.libraries.share[:, place, layer]
    return columns


def bug_title(trace: Trace) -> str:
    """State the effect of the bug and of its repair, as plain text."""
    if not trace.outcomes or all(outcome.kind != REPAIR for outcome in trace.outcomes):
        return "The bug is measured when the training is done"
    bug, repair = trace.outcomes[0], best_repair(trace)
    assert bug.kind == BUG
    return f"{_name(trace)}: loss {nats(bug.loss)}; repaired: {nats(repair.loss)}"


def _name(trace: Trace) -> str:
    name = BUGS[trace.settings.bug]
    return name[0].upper() + name[1:]


def nats(loss: float) -> str:
    """Write a loss for a reader.

    Examples
    --------
    >>> nats(1.004), nats(0.0042), nats(1e6), nats(math.inf)
    ('1.00', '0.0042', '1×10⁶', 'too large')
    """
    if not math.isfinite(loss):
        return "too large"
    return f"{loss:.2f}" if 0.01 <= loss < 100 else short(loss)
