"""The view on inputs of unequal scale: accuracy over the spread, learning, and the pixels."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon.scales import (
    ARMS,
    N_STEPS,
    STEPS,
    learned,
    measure,
    scaled,
    standardize_inputs,
)
from bnviz.labs.epsilon.settings import SPREADS
from bnviz.labs.epsilon.shift_view import TRAINING, percent
from bnviz.labs.view import Plot, Trace, View, columns
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
    places = list(ARMS)
    parts = []
    for arm, text in words.items():
        lost = found.diverged_at[places.index(arm)]
        score = percent(found.accuracy[places.index(arm)])
        if score != "nan":
            parts.append(text.format(score if lost is None else f"diverges at step {lost}"))
    spread = number_text(found.spread) + (" decade" if found.spread == 1 else " decades")
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


def _rows(trace: Trace[Any, Any]) -> Iterator[tuple[str, str, float, float]]:
    found = trace.found
    for a, name in enumerate(ARMS.values()):
        yield "accuracy at spread (decades)", name, found.spread, float(found.accuracy[a])
        for step, loss in zip(STEPS, found.loss[a], strict=True):
            yield "loss (nats) at step", name, float(step), float(loss)


def table(trace: Trace[Any, Any]) -> dict[str, list[Any]]:
    """Return the numbers, a row for each."""
    return columns(("what", "method", "at", "value"), [*_rows(trace)])


ROLES = dict(zip(ARMS, (theme.WITHOUT, theme.WITH, theme.THIRD, theme.FOURTH), strict=True))
NAMES = dict(zip(ARMS, ("plain", "hidden BN", "inputs", "both"), strict=True))


def over_spread(trace: Trace[Any, Any]) -> Figure:
    """Draw accuracy over the spread: recorded lines and bands, and the live networks as dots."""
    found, x = trace.found, np.array(SPREADS)
    band = 100 * trace.found.bands.over_spread
    data: list[theme.Trace] = []
    for a, arm in enumerate(ARMS):
        low, _, high = band[:, a]
        data += theme.band(x, low, high, ROLES[arm], name=f"{NAMES[arm]}: ten starts", opacity=0.12)
    for a, arm in enumerate(ARMS):
        data.append(theme.line(x, band[1, a], ROLES[arm], name=f"{NAMES[arm]}: median, recorded"))
        live = [100 * found.accuracy[a]]
        name = f"{NAMES[arm]}: this run"
        data.append(theme.dots([found.spread], live, ROLES[arm], name=name, marker={"size": 10}))
    last = SPREADS[-1]
    ends = [(NAMES[arm], last, band[1, a, -1], ROLES[arm]) for a, arm in enumerate(ARMS)]
    data += at_ends(ends, gap=9, high=101)
    hidden, inputs = (found.accuracy[list(ARMS).index(arm)] for arm in ("hidden", "input"))
    where = f"Spread {number_text(found.spread)}"
    title = "Accuracy over the spread of the pixel scales"
    if np.isfinite([hidden, inputs]).all():
        title = f"{where}: hidden BN {percent(hidden)}, standardized inputs {percent(inputs)}"
    return theme.figure(
        title,
        data,
        theme.axis("Spread of pixel scales", "decades", range=[-0.04, 1.54]),
        theme.axis("Accuracy", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100]),
        shapes=[theme.guide(x=found.spread)],
        margin={"r": 84},
    )


def learning(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss on unseen digits over the training steps."""
    found = trace.found
    loss = np.where(found.loss > 0, found.loss, np.nan)
    data = [theme.line(STEPS, loss[a], ROLES[arm], name=NAMES[arm]) for a, arm in enumerate(ARMS)]
    ends = []
    for a, arm in enumerate(ARMS):
        known = loss[a][np.isfinite(loss[a])]
        if found.diverged_at[a] is None and known.size:
            ends.append((NAMES[arm], N_STEPS, min(float(known[-1]), 10.0), ROLES[arm]))
    data += at_ends(ends, gap=0.2, high=1.0, log=True)
    lost = [
        f"The {NAMES[arm]} network diverged at step {step}"
        for arm, step in zip(ARMS, found.diverged_at, strict=True)
        if step is not None
    ]
    ratio = found.loss[1, -1] / found.loss[2, -1]
    title = "Loss on unseen digits"
    if np.isfinite(ratio):
        title = f"After {N_STEPS} steps hidden BN has {short(float(ratio))} times the loss"
        title += " of standardized inputs"
    title = ". ".join([title, *lost])
    return theme.figure(
        title,
        data,
        theme.axis("Step", range=[0, N_STEPS]),
        theme.log_axis("Loss", "nats", range=[-1.2, 1.1]),
        margin={"r": 84},
    )


def pixels(trace: Trace[Any, Any]) -> Figure:
    """Draw the standard deviation of every pixel, ascending."""
    raw, standardized = trace.found.pixel_std
    x = np.arange(1, len(raw) + 1)
    data = [
        theme.line(x, np.where(raw > 0, raw, np.nan), theme.WITHOUT, name="as they come"),
        theme.line(x, np.where(standardized > 0, standardized, np.nan), theme.THIRD,
                   name="standardized"),
    ]  # fmt: skip
    ends = [
        ("as they come", len(raw), float(raw[-1]), theme.WITHOUT),
        ("standardized", len(raw), float(standardized[-1]), theme.THIRD),
    ]
    data += at_ends(ends, gap=0.6, high=8, log=True)
    quarter, three = np.quantile(raw[raw > 0], [0.25, 0.75])
    title = f"A quarter of the pixels is below {short(quarter)}, a quarter above {short(three)}"
    lo, hi = np.log10([raw[raw > 0][0], raw[-1]])
    return theme.figure(
        title,
        data,
        theme.axis("Pixels, ascending", range=[0, len(raw) + 1]),
        theme.log_axis(
            "Deviation of a pixel", decades=2, range=[min(lo, -2) - 0.3, max(hi, 1) + 0.3]
        ),
        margin={"r": 100},
    )


def credit(trace: Trace[Any, Any]) -> str:
    """Say what is recorded, and what is live."""
    return (
        f"Bands, and the lines over the spread: {trace.found.bands.credit}. All else is this run."
    )


VIEW = View(
    name="scales",
    label="Unequal inputs",
    measure=measure,
    needs=("spread", "seed"),
    free=("spread",),
    takeaway=takeaway,
    formula=formula,
    table=table,
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
    code=(scaled, standardize_inputs, learned),
    credit=credit,
    reading="""
**Unequal inputs.** Each pixel is multiplied by a scale of its own, in training and at test time.
Lines are the medians of ten recorded starts, bands their lowest and highest; dots are run live. A
network that diverges counts as guessing, 10%.
""",
)
