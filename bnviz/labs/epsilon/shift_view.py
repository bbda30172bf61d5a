"""The view on a shift at test time: accuracy over contrast and brightness, layers, pictures."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from bnviz.core.functional import standardize, standardize_with
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon.networks import answer
from bnviz.labs.epsilon.settings import BRIGHTNESSES, CONTRASTS
from bnviz.labs.epsilon.shift import ADAPTED, ARMS, DEPTH, RUNNING, Shift, change, measure
from bnviz.labs.view import Plot, Trace, View, columns
from bnviz.marks import number_text
from bnviz.numerals import aligned

TRAINING = "The networks are learning the digits."
UNCHANGED = "Unchanged pictures"


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how many digits each arm recognizes."""
    found = trace.found
    if np.isnan(found.accuracy).all():
        return TRAINING
    right = dict(zip(ARMS, found.accuracy, strict=True))
    words = [
        f"BN with its running statistics recognizes **{percent(right[RUNNING])}** of unseen digits",
        f"BN with statistics adapted to the changed pictures **{percent(right[ADAPTED])}**",
        f"layer norm {percent(right['ln'])}",
        f"no norm {percent(right['none'])}",
    ]
    known = [part for part in words if "nan" not in part]
    clean = percent(found.clean[0])
    return f"{changed(found)}: {', '.join(known)}. (BN on unchanged pictures: {clean}.)"


def changed(found: Shift, *, capital: bool = True) -> str:
    """Name the change of the pictures."""
    parts = [f"contrast ×{number_text(found.contrast)}"] if found.contrast != 1 else []
    if found.brightness:
        sign = "+" if found.brightness > 0 else "−"
        parts.append(f"brightness {sign}{number_text(abs(found.brightness))}")
    if found.inverted:
        parts.append("inverted")
    text = ", ".join(parts) or UNCHANGED.lower()
    return text[0].upper() + text[1:] if capital else text


def percent(share: float) -> str:
    """Write a share for a reader; "nan" where there is none."""
    return "nan" if np.isnan(share) else f"{share:.0%}"


def formula(trace: Trace[Any, Any]) -> str:
    """Return what a change does to the normalized values."""
    found = trace.found
    c = -found.contrast if found.inverted else found.contrast
    sign = "-" if found.inverted else ""
    lines = [
        r"z' &= c\,z + d, \quad \mu' = c\,\mu + d, \quad \sigma' = |c|\,\sigma",
        r"\text{running:}\quad \hat z' &= \frac{c\,z + d - \mu}{\sigma}",
        r"\text{adapted:}\quad \hat z' &= \frac{c\,z + d - \mu'}{\sigma'}"
        rf" = \operatorname{{sign}}({number_text(c)})\,\hat z = {sign}\hat z",
    ]
    if np.isfinite(found.spread).all():
        deviations, means = (
            rf"{part[0, 0]:.2g},\ {part[0, -1]:.2g}"
            for part in (
                found.spread,
                found.offset,
            )
        )
        where = rf"\ \text{{in layers 1 and }}{DEPTH}"
        lines += [
            r"\text{measured, running:}\quad \operatorname{std}(\hat z') &= " + deviations + where,
            r"|\operatorname{mean}(\hat z')| &= " + means + where,
        ]
    return aligned(lines)


def _rows(trace: Trace[Any, Any]) -> Iterator[tuple[str, str, float, float]]:
    found = trace.found
    for a, name in enumerate(ARMS.values()):
        for contrast, value in zip(CONTRASTS, found.over_contrast[a], strict=True):
            yield "accuracy at contrast", name, contrast, float(value)
        for brightness, value in zip(BRIGHTNESSES, found.over_brightness[a], strict=True):
            yield "accuracy at brightness (std)", name, brightness, float(value)


def table(trace: Trace[Any, Any]) -> dict[str, list[Any]]:
    """Return the numbers, a row for each."""
    return columns(("what", "method", "at", "value"), [*_rows(trace)])


ROLES = dict(zip(ARMS, (theme.WITH, theme.FOURTH, theme.THIRD, theme.WITHOUT), strict=True))
NAMES = dict(zip(ARMS, ("BN", "BN adapted", "LN", "no norm"), strict=True))
SIDE = 8
PAPER, INK = -0.25, 1.25
"""Ends of the grey scale: a change may go beyond no ink and full ink."""


def over(trace: Trace[Any, Any], what: str) -> Figure:
    """Draw accuracy over the contrast or the brightness of the test pictures."""
    found, first = trace.found, what == "contrast"
    x = np.array(CONTRASTS if first else BRIGHTNESSES)
    accuracy = 100 * (found.over_contrast if first else found.over_brightness)
    band = 100 * (trace.found.bands.over_contrast if first else trace.found.bands.over_brightness)
    at = found.contrast if first else found.brightness
    data: list[theme.Trace] = []
    for a, arm in enumerate(ARMS):
        if not found.inverted:
            low, _, high = band[:, a]
            data += theme.band(
                x, low, high, ROLES[arm], name=f"{NAMES[arm]}: ten starts", opacity=0.12
            )
    for a, arm in enumerate(ARMS):
        data.append(theme.line(x, accuracy[a], ROLES[arm], name=NAMES[arm]))
        chosen = accuracy[a, x == at]
        data.append(theme.dots([at], chosen, ROLES[arm], name=NAMES[arm], marker={"size": 9}))
    last = float(x[-1])
    ends = [(NAMES[arm], last, accuracy[a, -1], ROLES[arm]) for a, arm in enumerate(ARMS)]
    data += at_ends(ends, gap=9, high=101)
    title = _over_title(trace, what)
    return theme.figure(
        title,
        data,
        _contrast_axis() if first else _brightness_axis(),
        theme.axis("Accuracy", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100]),
        shapes=[theme.guide(x=at)],
        margin={"r": 92},
    )


def _contrast_axis() -> dict[str, Any]:
    ticks = [0.1, 0.3, 1, 3]
    return theme.axis(
        "Contrast at test time",
        "log scale",
        type="log",
        tickmode="array",
        range=[np.log10(0.095), np.log10(3.15)],
        tickvals=ticks,
        ticktext=[f"×{c}" for c in ticks],
    )


def _brightness_axis() -> dict[str, Any]:
    ticks = [-2, -1, 0, 1, 2]
    return theme.axis(
        "Brightness at test time", "in std of a pixel", range=[-2.1, 2.1], tickvals=ticks
    )


def _over_title(trace: Trace[Any, Any], what: str) -> str:
    """State the accuracies at the chosen value, and name only what is changed there."""
    found = trace.found
    if what == "contrast":
        values, place = found.over_contrast, CONTRASTS.index(found.contrast)
        alone = replace(found, brightness=0.0)
    else:
        values, place = found.over_brightness, BRIGHTNESSES.index(found.brightness)
        alone = replace(found, contrast=1.0)
    right = dict(zip(ARMS, values[:, place], strict=True))
    if np.isnan([right[RUNNING], right[ADAPTED]]).any():
        return f"Accuracy over {what}"
    scores = [f"{NAMES[arm]} {percent(v)}" for arm, v in right.items() if np.isfinite(v)]
    where = changed(alone)
    where = f"{where} alone" if where != UNCHANGED else f"{what.capitalize()} unchanged"
    return f"{where}: {', '.join(scores)}"


def layers(trace: Trace[Any, Any]) -> Figure:
    """Draw mean and deviation of the normalized values of each layer."""
    found, x = trace.found, np.arange(1, DEPTH + 1)
    data: list[theme.Trace] = []
    for row, arm in enumerate((RUNNING, ADAPTED)):
        role, name = ROLES[arm], NAMES[arm]
        style = {"mode": "lines+markers", "marker": {"size": 6}}
        data.append(theme.line(x, found.spread[row], role, name=f"{name}: deviation", **style))
        hollow = {"size": 8, "symbol": "circle-open"}
        data.append(
            theme.line(
                x,
                found.offset[row],
                role,
                name=f"{name}: mean",
                mode="lines+markers",
                marker=hollow,
                line={"width": 1},
            )
        )
    ends = [
        ("deviation", DEPTH + 0.12, found.spread[0, -1], theme.WITH),
        ("mean", DEPTH + 0.12, found.offset[0, -1], theme.WITH),
        ("deviation", DEPTH + 0.12, found.spread[1, -1], theme.FOURTH),
        ("mean", DEPTH + 0.12, found.offset[1, -1], theme.FOURTH),
    ]
    top = max(1.2, 1.1 * float(np.nanmax([found.spread, found.offset, np.ones((2, DEPTH))])))
    data += at_ends(ends, gap=0.085 * top, high=top)
    deviation, mean = found.spread[0, -1], found.offset[0, -1]
    title = (
        f"Layer {DEPTH} gets deviation {deviation:.2g} and mean {mean:.2g}; it learned with 1 and 0"
        if np.isfinite(deviation)
        else "What reaches each layer after normalization"
    )
    return theme.figure(
        title,
        data,
        theme.axis("Hidden layer", range=[0.8, DEPTH + 0.2], tickvals=x.tolist()),
        theme.axis("Normalized values", range=[-0.05 * top, top]),
        shapes=[theme.guide(y=1), theme.guide(y=0)],
        margin={"r": 92},
    )


def pictures(trace: Trace[Any, Any]) -> Figure:
    """Draw a few digits, as they were in training and as they come now."""
    found = trace.found
    rows = [np.hstack(_framed(part)) for part in (found.before, found.after)]
    picture = np.vstack(rows)[::-1]  # the first row of a heatmap is drawn at the bottom
    height, width = picture.shape
    data = [
        {
            "type": "heatmap",
            "z": picture,
            "zmin": PAPER,
            "zmax": INK,
            "colorscale": [[0, theme.BACKGROUND], [1, theme.TEXT]],
            "showscale": False,
            "hovertemplate": "ink %{z:.2f}<extra></extra>",
        }
    ]
    bare = {"showline": False, "ticks": "", "zeroline": False}
    title = f"The same digits in training and at test time: {changed(found, capital=False)}"
    return theme.figure(
        title,
        data,
        {**bare, "showticklabels": False, "range": [-0.5, width - 0.5]},
        {
            **bare,
            "range": [-0.5, height - 0.5],
            "tickvals": [height / 4 - 0.5, 3 * height / 4 - 0.5],
            "ticktext": ["test", "training"],
            "scaleanchor": "x",
        },
    )


def _framed(pictures_PD: Any) -> list[Any]:
    """Give pictures as squares with a margin."""
    return [np.pad(p.reshape(SIDE, SIDE), 1, constant_values=np.nan) for p in pictures_PD]


def credit(trace: Trace[Any, Any]) -> str:
    """Say what is recorded, and what is live."""
    return f"Bands: {trace.found.bands.credit}. All else is this run."


VIEW = View(
    name="shift",
    label="Shift at test time",
    measure=measure,
    needs=("contrast", "brightness", "invert", "seed"),
    free=("contrast",),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "contrast",
            partial(over, what="contrast"),
            "Lines over the contrast, with bands of ten recorded starts.",
        ),
        Plot(
            "brightness",
            partial(over, what="brightness"),
            "Lines over the brightness, with bands of ten recorded starts.",
        ),
        Plot(
            "layers",
            layers,
            "Deviation and mean of each layer, with running and with adapted statistics.",
        ),
        Plot(
            "pictures",
            pictures,
            "Six digits above as in training, and below as they come at test time.",
        ),
    ),
    code=(change, answer, standardize_with, standardize),
    credit=credit,
    reading="""
**Shift at test time.** Four networks learned the clean digits: five hidden layers of 64 ReLU units,
200 steps. Nothing learns any more; only the test pictures change. *Contrast* multiplies the
distance of each pixel from its average, *brightness* adds the same to all pixels. **BN** uses its
running statistics, as every network does in use. **BN adapted** is the same network with the mean
and the variance of the changed pictures in their place; it sees no labels. Each chart changes one
thing alone, and its dots are your setting; if you set both, the sentence tells what they do
together. Bands are the lowest and the highest of ten recorded starts. Below: what reaches each
layer after normalization, where training had mean 0 and deviation 1 (root mean square over its
units).
""",
)
