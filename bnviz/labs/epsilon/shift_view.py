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
from bnviz.labs.epsilon.mine import measure as mine
from bnviz.labs.epsilon.networks import answer
from bnviz.labs.epsilon.settings import BRIGHTNESSES, CONTRASTS, Settings
from bnviz.labs.epsilon.shift import ADAPTED, ARMS, DEPTH, RUNNING, change, measure
from bnviz.labs.epsilon.words import HEADINGS, TRAINING, percent
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned

UNCHANGED = "unchanged pictures"


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
    change = changed(trace.settings)
    beside = f" (BN on unchanged pictures: {percent(found.clean[0])}.)"
    return f"{capital(change)}: {', '.join(known)}.{'' if change == UNCHANGED else beside}"


def changed(s: Settings) -> str:
    """Return the name of the change of the pictures."""
    parts = [f"contrast ×{number_text(s.contrast)}"] if s.contrast != 1 else []
    if s.brightness:
        sign = "+" if s.brightness > 0 else "−"
        parts.append(f"brightness {sign}{number_text(abs(s.brightness))}")
    if s.invert:
        parts.append("inverted")
    return ", ".join(parts) or UNCHANGED


def capital(text: str) -> str:
    """Return the text with a capital, to begin a sentence."""
    return text[0].upper() + text[1:]


def formula(trace: Trace[Any, Any]) -> str:
    """Return what a change does to the normalized values."""
    found, s = trace.found, trace.settings
    c, sign = (-s.contrast, "-") if s.invert else (s.contrast, "")
    lines = [
        r"z' &= c\,z + d, \quad \mu' = c\,\mu + d, \quad \sigma' = |c|\,\sigma",
        r"\text{running:}\quad \hat z' &= \frac{c\,z + d - \mu}{\sigma}",
        r"\text{adapted:}\quad \hat z' &= \frac{c\,z + d - \mu'}{\sigma'}"
        rf" = \operatorname{{sign}}({number_text(c)})\,\hat z = {sign}\hat z",
    ]
    if np.isfinite(found.spread).all():
        deviations, means = (
            rf"{part[0, 0]:.2g},\ {part[0, -1]:.2g}" for part in (found.spread, found.offset)
        )
        where = rf"\ \text{{in layers 1 and }}{DEPTH}"
        lines += [
            r"\text{measured, running:}\quad \operatorname{std}(\hat z') &= " + deviations + where,
            r"|\operatorname{mean}(\hat z')| &= " + means + where,
        ]
    return aligned(lines)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    found = trace.found
    for a, name in enumerate(ARMS.values()):
        for contrast, value in zip(CONTRASTS, found.over_contrast[a], strict=True):
            yield "accuracy at contrast", name, contrast, float(value)
        for brightness, value in zip(BRIGHTNESSES, found.over_brightness[a], strict=True):
            yield "accuracy at brightness (std)", name, brightness, float(value)


ROLES = dict(zip(ARMS, (theme.EVAL, theme.TRAIN, theme.THIRD, theme.WITHOUT), strict=True))
NAMES = dict(zip(ARMS, ("BN", "BN adapted", "LN", "no norm"), strict=True))
SIDE = 8
OFFERED = {"contrast": CONTRASTS, "brightness": BRIGHTNESSES}
DARK, BRIGHT = -0.25, 1.25
"""Ends of the grey scale: a change may go beyond the darkest and the brightest pixel."""
BLACK, WHITE = "#000000", "#FEFEFE"
"""In both themes alike, for a brighter picture has to look brighter; so white is no theme colour."""


def over(trace: Trace[Any, Any], what: str) -> Figure:
    """Draw accuracy over the contrast or the brightness of the test pictures."""
    x, at = np.array(OFFERED[what]), getattr(trace.settings, what)
    accuracy, band = (
        100 * getattr(part, f"over_{what}") for part in (trace.found, trace.found.bands)
    )
    data: list[theme.Trace] = []
    for a, arm in enumerate(ARMS):
        if not trace.settings.invert:
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
    return theme.figure(
        _over_title(trace, what),
        data,
        _contrast_axis() if what == "contrast" else _brightness_axis(),
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
    """Return the accuracies at the chosen value, and the name of what is changed there."""
    s = trace.settings
    alone = replace(s, brightness=0.0) if what == "contrast" else replace(s, contrast=1.0)
    place = OFFERED[what].index(getattr(s, what))
    right = dict(zip(ARMS, getattr(trace.found, f"over_{what}")[:, place], strict=True))
    if np.isnan([right[RUNNING], right[ADAPTED]]).any():
        return f"Accuracy over {what}"
    scores = [f"{NAMES[arm]} {percent(v)}" for arm, v in right.items() if np.isfinite(v)]
    where = changed(alone)
    where = f"{where} alone" if where != UNCHANGED else f"{what} unchanged"
    return f"{capital(where)}: {', '.join(scores)}"


def layers(trace: Trace[Any, Any]) -> Figure:
    """Draw mean and deviation of the normalized values of each layer."""
    found, x = trace.found, np.arange(1, DEPTH + 1)
    data: list[theme.Trace] = []
    ends: list[tuple[str, float, float, theme.Role]] = []
    for row, arm in enumerate((RUNNING, ADAPTED)):
        hollow = {"marker": {"size": 8, "symbol": "circle-open"}, "line": {"width": 1}}
        for what, values, style in (
            ("deviation", found.spread[row], {"marker": {"size": 6}}),
            ("mean", found.offset[row], hollow),
        ):
            name, role = f"{NAMES[arm]}: {what}", ROLES[arm]
            data.append(theme.line(x, values, role, name=name, mode="lines+markers", **style))
            ends.append((name, DEPTH + 0.12, values[-1], role))
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
        margin={"r": 156},
    )


def pictures(trace: Trace[Any, Any]) -> Figure:
    """Draw a few digits, as they were in training and as they come now."""
    found = trace.found
    framed = [
        [np.pad(p.reshape(SIDE, SIDE), 1, constant_values=np.nan) for p in part]
        for part in (found.before, found.after)
    ]
    rows = [np.hstack(squares) for squares in framed]
    picture = np.vstack(rows)[::-1]  # the first row of a heatmap is drawn at the bottom
    height, width = picture.shape
    data = [
        {
            "type": "heatmap",
            "z": picture,
            "zmin": DARK,
            "zmax": BRIGHT,
            "colorscale": [[0, BLACK], [1, WHITE]],
            "showscale": False,
            "hovertemplate": "brightness %{z:.2f}<extra></extra>",
        }
    ]
    bare = {"showline": False, "ticks": "", "zeroline": False}
    return theme.figure(
        f"The same digits in training and at test time: {changed(trace.settings)}",
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


VIEW = View(
    name="shift",
    label="Shift at test time",
    measure=measure,
    needs=("contrast", "brightness", "invert", "seed"),
    free=("contrast", "brightness"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        *(
            Plot(
                what,
                partial(over, what=what),
                f"Lines over the {what}, with bands of ten recorded starts.",
            )
            for what in OFFERED
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
    mine=mine,
    code=(change, answer, standardize_with, standardize),
    credit=lambda trace: f"Bands: {trace.found.bands.credit}. All else is this run.",
    reading="""
**Shift at test time.** Four networks learned the clean digits; only the test pictures change.
**BN** uses its running statistics, as in use. **BN adapted** has the mean and the variance of the
changed pictures in their place; it sees no labels. Each chart changes one thing alone. Dots are
your setting.

*Contrast* multiplies the distance of each pixel from its average, *brightness* adds the same to all
pixels. If you set both, the sentence tells what they do together. Bands are the lowest and the
highest of ten recorded starts. Below: what reaches each layer after normalization, where training
had mean 0 and deviation 1 (root mean square over its units).

The networks have five hidden layers of 64 ReLU units and learned for 200 steps. Nothing learns any
more.
""",
)
