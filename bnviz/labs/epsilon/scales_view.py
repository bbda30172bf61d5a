"""The view on inputs of unequal scale: accuracy over the spread, learning, and the pixels."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.last import last_point
from bnviz.labs.epsilon import scales
from bnviz.labs.epsilon.scales import ARMS, N_STEPS, STEPS
from bnviz.labs.epsilon.settings import SPREADS
from bnviz.labs.epsilon.words import HEADINGS, TRAINING, percent
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex_short, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how many digits each network recognizes."""
    found = trace.found
    if np.isnan(found.accuracy).all():
        return TRAINING
    words = {
        "hidden": "BN in the hidden layers recognizes **{}** of unseen digits",
        "input": "standardized inputs **{}**",
        "both": "both {}",
        "neither": "the plain network {}",
    }
    rows = dict(zip(ARMS, zip(found.accuracy, found.diverged_at, strict=True), strict=True))
    parts = []
    for arm, text in words.items():
        share, lost = rows[arm]
        if not np.isnan(share):
            parts.append(
                text.format(percent(share) if lost is None else f"diverges at step {lost}")
            )
    s = trace.settings.spread
    spread = number_text(s) + (" decade" if s == 1 else " decades")
    return f"Pixel scales spread over {spread}: {', '.join(parts)}."


def formula(trace: Trace[Any, Any]) -> str:
    """Return where the scales of the inputs stay."""
    std = trace.found.pixel_std[0]
    least = std[std > 0][0]
    largest, smallest = latex_short(std[-1]), latex_short(least)
    ratio = latex_short(std[-1] / least, 2)
    return aligned(
        [
            r"z_j &= \sum_d w_{dj}\, a_d\, x_d \qquad (a_d:\ \text{the scale of pixel } d)",
            r"\hat z_j &= \frac{z_j - \mu_j}{\sigma_j} \qquad"
            r"(\text{one divisor for the whole sum; its terms stay unequal})",
            rf"\frac{{\text{{largest pixel deviation}}}}{{\text{{smallest}}}} &= "
            rf"\frac{{{largest}}}{{{smallest}}} = {ratio}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    found = trace.found
    for a, name in enumerate(ARMS.values()):
        yield "accuracy at spread (decades)", name, trace.settings.spread, float(found.accuracy[a])
        for step, loss in zip(STEPS, found.loss[a], strict=True):
            yield "loss (nats) at step", name, float(step), float(loss)


ROLES = dict(zip(ARMS, (theme.WITHOUT, theme.WITH, theme.THIRD, theme.FOURTH), strict=True))
NAMES = dict(zip(ARMS, ("plain", "hidden BN", "inputs", "both"), strict=True))


def over_spread(trace: Trace[Any, Any]) -> Figure:
    """Draw accuracy over the spread: recorded lines and bands, and the live networks as dots."""
    found, x, spread = trace.found, np.array(SPREADS), trace.settings.spread
    band = 100 * found.bands.over_spread
    data: list[theme.Trace] = []
    for a, arm in enumerate(ARMS):
        low, _, high = band[:, a]
        data += theme.band(x, low, high, ROLES[arm], name=f"{NAMES[arm]}: ten starts", opacity=0.12)
    for a, arm in enumerate(ARMS):
        data.append(theme.line(x, band[1, a], ROLES[arm], name=f"{NAMES[arm]}: median, recorded"))
        live = [100 * found.accuracy[a]]
        name = f"{NAMES[arm]}: this run"
        data.append(theme.dots([spread], live, ROLES[arm], name=name, marker={"size": 10}))
    last = SPREADS[-1]
    ends = [(NAMES[arm], last, band[1, a, -1], ROLES[arm]) for a, arm in enumerate(ARMS)]
    data += at_ends(ends, gap=9, high=101)
    hidden, inputs = (found.accuracy[list(ARMS).index(arm)] for arm in ("hidden", "input"))
    where = f"Spread {number_text(spread)}"
    title = "Accuracy over the spread of the pixel scales"
    if np.isfinite([hidden, inputs]).all():
        title = f"{where}: hidden BN {percent(hidden)}, standardized inputs {percent(inputs)}"
    return theme.figure(
        title,
        data,
        theme.axis("Spread of pixel scales", "decades", range=[-0.04, 1.54]),
        theme.axis("Accuracy", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100]),
        shapes=[theme.guide(x=spread)],
        margin={"r": 84},
    )


def learning(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss on unseen digits over the training steps."""
    found = trace.found
    data, ends, lost = [], [], []
    for arm, loss_T, step in zip(ARMS, found.loss, found.diverged_at, strict=True):
        loss_T = np.where(loss_T > 0, loss_T, np.nan)
        data.append(theme.line(STEPS, loss_T, ROLES[arm], name=NAMES[arm]))
        if step is not None:
            lost.append(f"The {NAMES[arm]} network diverged at step {step}")
        elif end := last_point(STEPS, loss_T):
            ends.append((NAMES[arm], N_STEPS, min(end[1], 10.0), ROLES[arm]))
    data += at_ends(ends, gap=0.2, high=1.0, log=True)
    ratio = found.loss[1, -1] / found.loss[2, -1]
    title = "Loss on unseen digits"
    if np.isfinite(ratio):
        title = f"After {N_STEPS} steps hidden BN has {short(float(ratio))} times the loss"
        title += " of standardized inputs"
    return theme.figure(
        ". ".join([title, *lost]),
        data,
        theme.axis("Step", range=[0, N_STEPS]),
        theme.log_axis("Loss", "nats", range=[-1.2, 1.1]),
        margin={"r": 84},
    )


def pixels(trace: Trace[Any, Any]) -> Figure:
    """Draw the standard deviation of every pixel, ascending."""
    raw, standardized = trace.found.pixel_std
    x = np.arange(1, len(raw) + 1)
    lines = [
        ("as they come", np.where(raw > 0, raw, np.nan), theme.WITHOUT),
        ("standardized", np.where(standardized > 0, standardized, np.nan), theme.THIRD),
    ]
    quarter, three = np.quantile(raw[raw > 0], [0.25, 0.75])
    lo, hi = np.log10([raw[raw > 0][0], raw[-1]])
    return theme.figure(
        f"A quarter of the pixels is below {short(quarter)}, a quarter above {short(three)}",
        curves(x, lines, over="", gap=0.6, high=8, log=True, end=len(raw)),
        theme.axis("Pixels, ascending", range=[0, len(raw) + 1]),
        theme.log_axis(
            "Deviation of a pixel", decades=2, range=[min(lo, -2) - 0.3, max(hi, 1) + 0.3]
        ),
        margin={"r": 100},
    )


VIEW = View(
    name="scales",
    label="Unequal inputs",
    measure=scales.measure,
    needs=("spread", "seed"),
    free=("spread",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot(
            "over_spread",
            over_spread,
            "Lines and bands are recorded over ten starts, dots are this run.",
        ),
        Plot(
            "learning", learning, "Loss over the steps; each batch of 32 with its own statistics."
        ),
        Plot("pixels", pixels, "As the network gets them, and standardized: all 1."),
    ),
    code=(scales.scaled, scales.standardize_inputs, scales.learned),
    credit=lambda trace: (
        f"Bands, and the lines over the spread: {trace.found.bands.credit}. All else is this run."
    ),
    reading="""
**Unequal inputs.** Each pixel is multiplied by a scale of its own, in training and at test time.
Lines are the medians of ten recorded starts, bands their lowest and highest; dots are run live. A
network that diverges counts as guessing, 10%.
""",
)
