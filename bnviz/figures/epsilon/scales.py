"""Inputs of unequal scale: accuracy over the spread, learning, and the pixels themselves."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon import Trace
from bnviz.labs.epsilon.findings import percent
from bnviz.labs.epsilon.scales import ARMS, N_STEPS, STEPS
from bnviz.labs.epsilon.settings import SPREADS
from bnviz.marks import number_text
from bnviz.numerals import short

ROLES = dict(zip(ARMS, (theme.WITHOUT, theme.WITH, theme.THIRD, theme.FOURTH), strict=True))
NAMES = dict(zip(ARMS, ("plain", "hidden BN", "inputs", "both"), strict=True))


def charts(trace: Trace) -> list[Chart]:
    """Draw the three charts of this view."""
    return [over_spread(trace), learning(trace), pixels(trace)]


def over_spread(trace: Trace) -> Chart:
    """Draw accuracy over the spread: recorded lines and bands, and the live networks as dots."""
    found, x = trace.scales, np.array(SPREADS)
    band = 100 * trace.bands.over_spread
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
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Spread of pixel scales", "decades", range=[-0.04, 1.54]),
        "yaxis": theme.axis("Accuracy", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100]),
        "shapes": [theme.guide(x=found.spread)],
        "margin": {"r": 84},
    }
    alt = f"{title}. Lines and bands are recorded over ten starts, dots are this run."
    return Chart("over_spread", {"data": data, "layout": layout}, alt)


def learning(trace: Trace) -> Chart:
    """Draw the loss on unseen digits over the training steps."""
    found = trace.scales
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
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Step", range=[0, N_STEPS]),
        "yaxis": theme.log_axis("Loss", "nats", range=[-1.2, 1.1]),
        "margin": {"r": 84},
    }
    alt = f"{title}. Loss over the steps; each batch of 32 with its own statistics."
    return Chart("learning", {"data": data, "layout": layout}, alt)


def pixels(trace: Trace) -> Chart:
    """Draw the standard deviation of every pixel, ascending."""
    raw, standardized = trace.scales.pixel_std
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
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Pixels, ascending", range=[0, len(raw) + 1]),
        "yaxis": theme.log_axis(
            "Deviation of a pixel", decades=2, range=[min(lo, -2) - 0.3, max(hi, 1) + 0.3]
        ),
        "margin": {"r": 100},
    }
    alt = f"{title}. As the network gets them, and standardized: all 1."
    return Chart("pixels", {"data": data, "layout": layout}, alt)
