"""Pictures: one, the same through instance norm, a style, and the one in the style."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.labs.family.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import short


def charts(trace: Trace) -> list[Chart]:
    """Draw the four pictures of this view."""
    found = trace.picture
    c, t = number_text(found.contrast), number_text(found.strength)
    changed = "unchanged" if found.contrast == 1 else f"times {c}, plus 2"
    before, after, style = (f"{mean:.2f}" for mean in found.means[:, 0])
    return [
        picture("content", found.content, f"The picture: its red has a mean of {before}"),
        picture(
            "normed",
            0.5 + 0.2 * found.normed,
            f"Instance norm of it {changed}: {short(found.difference)} from that of the picture",
        ),
        picture("style", found.style, f"The other picture: its red has a mean of {style}"),
        picture("styled", found.styled, f"AdaIN, strength {t}: its red has a mean of {after}"),
    ]


def picture(name: str, values: NDArray[Any], title: str) -> Chart:
    """Draw a picture, values from 0 to 1; what is beyond is shown as the nearest colour."""
    shown = np.clip(np.rint(255 * values), 0, 255).astype(int)
    data = [{"type": "image", "z": shown.tolist(), "hoverinfo": "skip"}]
    layout = {
        "title": theme.finding(title),
        "xaxis": {"visible": False, "constrain": "domain"},
        "yaxis": {"visible": False, "scaleanchor": "x", "constrain": "domain"},
        "margin": {"l": 16, "r": 16, "b": 16},
    }
    return Chart(name, {"data": data, "layout": layout}, f"{title}. A small colour picture.")
