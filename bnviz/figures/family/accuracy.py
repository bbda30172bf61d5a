"""Accuracy over batch sizes and over the classes in a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.labs.family.findings import ranked
from bnviz.labs.family.settings import CLASSES, SIZES
from bnviz.labs.family.sorted_batches import ARMS
from bnviz.labs.family.trace import Trace

BLUE = theme.WITH.color
ROLES = {
    "none": theme.WITHOUT,
    "bn": theme.WITH,
    "ln": theme.THIRD,
    "gn": theme.FOURTH,
    "renorm": theme.Role(BLUE, theme.WITH.text, "dot"),
    "ghost": theme.Role(BLUE, theme.WITH.text, "dashdot"),
}
"""Relatives of BN that look at the batch have its colour, and a dash of their own."""
NAMES = {"none": "no norm", "bn": "BN", "ln": "LN", "gn": "GN", "renorm": "renorm",
         "ghost": "ghost BN"}  # fmt: skip
ARM_ROLES = {
    "eval": theme.WITH,
    "batch": ROLES["ghost"],
    "renorm": ROLES["renorm"],
    "ln": theme.THIRD,
}
ARM_NAMES = {"eval": "BN", "batch": "BN, batch", "renorm": "renorm", "ln": "LN"}


def sizes(trace: Trace) -> list[Chart]:
    """Draw the lines over the batch sizes, and the ranks at the reader's."""
    return [over_sizes(trace), ranks(trace)]


def classes(trace: Trace) -> list[Chart]:
    """Draw the bars at the reader's number of classes, and the lines over all."""
    return [arms(trace), over_classes(trace)]


def lines(
    x: Sequence[int], share: NDArray[Any], roles: Mapping[str, theme.Role], names: Mapping[str, str]
) -> list[theme.Trace]:
    """Draw a line and a band for each method; ``share`` has the starts last."""
    percent, data = 100 * share, []
    for key, row in zip(roles, percent, strict=True):
        low, high = row.min(-1), row.max(-1)
        data += theme.band(x, low, high, roles[key], name=f"{names[key]}: three starts")
    ends = []
    for key, row in zip(roles, percent.mean(-1), strict=True):
        data.append(theme.line(x, row, roles[key], name=names[key], mode="lines+markers"))
        ends.append((names[key], 1.06 * x[-1], float(row[-1]), roles[key]))
    return data + at_ends(ends, gap=6.5, high=101)


def over_sizes(trace: Trace) -> Chart:
    """Draw accuracy over the batch size for all norms."""
    s, share = trace.settings, trace.record.sizes
    data = lines(SIZES, share, ROLES, NAMES)
    if np.isfinite(trace.live):
        look = {"size": 13, "symbol": "diamond-open", "line": {"width": 3}}
        name = f"{NAMES[s.norm]}, live"
        data.append(
            theme.dots([s.batch_size], [100 * trace.live], ROLES[s.norm], name=name, marker=look)
        )
    first = 100 * share[:, 0].mean(-1)
    who = dict(zip(ROLES, first.tolist(), strict=True))
    title = f"Batches of 2: LN reads {who['ln']:.0f}%, BN {who['bn']:.0f}%"
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis("Batch size", "digits", labels=SIZES, range=[0.2, 2.18]),
        "yaxis": theme.axis("Unseen digits read right", "%", range=[0, 104]),
        "shapes": [theme.guide(x=s.batch_size)],
        "margin": {"r": 84},
    }
    alt = f"{title}. Six norms over batch sizes from 2 to 128, with bands of three starts."
    return Chart("sizes", {"data": data, "layout": layout}, alt)


def ranks(trace: Trace) -> Chart:
    """Draw the norms at the reader's batch size, the best at the top."""
    n = trace.settings.batch_size
    order = ranked(trace)[::-1]
    column = 100 * trace.record.sizes[:, SIZES.index(n)]
    rows = dict(zip(ROLES, column, strict=True))
    keys = [key for key, _ in order]
    title = f"Batches of {n}: {100 * (order[-1][1] - order[0][1]):.0f} points from best to worst"
    data = bars([rows[key] for key in keys], [ROLES[key] for key in keys],
                [NAMES[key] for key in keys])  # fmt: skip
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Unseen digits read right", "%", range=[0, 104]),
        "yaxis": {"type": "category", "ticks": ""},
        "margin": {"l": 84},
    }
    alt = f"{title}. Bars are means of three starts, thin lines their range."
    return Chart("ranks", {"data": data, "layout": layout}, alt)


def bars(
    rows: Sequence[NDArray[Any]], roles: Sequence[theme.Role], names: Sequence[str]
) -> list[theme.Trace]:
    """Draw level bars of means, with the range over the starts."""
    mean = [float(row.mean()) for row in rows]
    return [
        {
            "type": "bar",
            "orientation": "h",
            "x": mean,
            "y": list(names),
            "marker": {"color": [theme.tint(role.color, 0.55) for role in roles]},
            "text": [f"{value:.0f}%" for value in mean],
            "textposition": "inside",
            "insidetextanchor": "start",
            "insidetextfont": {"color": theme.TEXT},
            "textangle": 0,
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [float(row.max()) - m for row, m in zip(rows, mean, strict=True)],
                "arrayminus": [m - float(row.min()) for row, m in zip(rows, mean, strict=True)],
                "color": theme.TEXT,
                "thickness": 1,
            },
            "hovertemplate": "%{y}: %{x:.1f}%<extra></extra>",
        }
    ]


def arms(trace: Trace) -> Chart:
    """Draw the arms at the reader's number of classes; dots are the live networks."""
    k = trace.settings.classes
    share = 100 * trace.record.classes[CLASSES.index(k)]
    keys = list(ARMS)[::-1]
    rows = [share[list(ARMS).index(key)] for key in keys]
    data = bars(rows, [ARM_ROLES[key] for key in keys], [ARM_NAMES[key] for key in keys])
    known = [key for key in keys if np.isfinite(trace.arms[list(ARMS).index(key)])]
    data.append(
        {
            **theme.dots(
                [100 * float(trace.arms[list(ARMS).index(key)]) for key in known],
                [0.0] * len(known),
                theme.REFERENCE,
                name="live",
                marker={"size": 9, "symbol": "diamond", "color": theme.TEXT},
            ),
            "y": [ARM_NAMES[key] for key in known],
            "hovertemplate": "%{y}, live: %{x:.1f}%<extra></extra>",
        }
    )
    mean = dict(zip(ARMS, share.mean(-1).tolist(), strict=True))
    many = "1 class" if k == 1 else f"{k} classes"
    title = f"{many} in a batch: BN reads {mean['eval']:.0f}%, LN {mean['ln']:.0f}%"
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Unseen digits read right", "%", range=[0, 104]),
        "yaxis": {"type": "category", "ticks": ""},
        "margin": {"l": 84},
    }
    alt = f"{title}. Bars are means of three starts, diamonds the networks trained now."
    return Chart("arms", {"data": data, "layout": layout}, alt)


def over_classes(trace: Trace) -> Chart:
    """Draw accuracy over the number of classes in a batch."""
    share = trace.record.classes.swapaxes(0, 1)
    mean = 100 * share.mean(-1)
    title = (
        f"BN rises from {mean[0, 0]:.0f} to {mean[0, -1]:.0f}%, LN stays at "
        f"{mean[-1].min():.0f} to {mean[-1].max():.0f}%"
    )
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis("Classes in a batch", labels=CLASSES, range=[-0.05, 1.04]),
        "yaxis": theme.axis("Unseen digits read right", "%", range=[0, 104]),
        "shapes": [theme.guide(x=trace.settings.classes)],
        "margin": {"r": 84},
    }
    data = lines(CLASSES, share, ARM_ROLES, ARM_NAMES)
    alt = f"{title}. Over 1, 2, 5 and 10 classes in a batch, with bands of three starts."
    return Chart("classes", {"data": data, "layout": layout}, alt)
