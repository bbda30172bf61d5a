"""The view on pictures: one, the same through instance norm, a style, and the one in the style."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.functional import adain, instance_norm
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.family.mine import measure as mine
from bnviz.labs.family.picture import measure, toward
from bnviz.labs.family.record import HEADINGS
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import ROUNDING, aligned, bound, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what instance norm takes away, and what AdaIN brings."""
    found, s = trace.found, trace.settings
    if s.contrast == 1:
        said = "At contrast 1 the picture is not changed, and neither is what instance norm gives."
    else:
        said = (
            f"IN({number_text(s.contrast)}x + 2) and IN(x) differ by at most "
            f"**{bound(found.difference)}**: instance norm takes contrast and brightness away."
        )
    gap = float(np.abs(found.means[1] - found.means[2]).max())
    same = "that of the other picture" if gap < ROUNDING else f"up to {short(gap)} from the other's"
    return (
        f"{said} With AdaIN at strength {number_text(s.strength)} the mean of each colour is "
        f"**{same}**."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return both norms, and the mean of red."""
    found = trace.found
    before, after, style = (f"{mean:.3f}" for mean in found.means[:, 0])
    t = number_text(trace.settings.strength)
    return aligned(
        [
            r"\mathrm{IN}(x) &= \frac{x - \mu(x)}{\sigma(x)}",
            r"\mathrm{AdaIN}(x, s) &= \sigma(s)\,\mathrm{IN}(x) + \mu(s)",
            rf"\text{{mean of red}} &= (1 - {t}) \cdot {before} + {t} \cdot {style} = {after}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    found = trace.found
    for p, name in enumerate(("picture", "AdaIN", "style")):
        for colour in range(3):
            yield "mean of colour", name, colour, float(found.means[p, colour])
            yield "deviation of colour", name, colour, float(found.deviations[p, colour])


def given(trace: Trace[Any, Any], which: str) -> Figure:
    """Draw the picture, or the one whose style is taken."""
    name, row = {"content": ("The picture", 0), "style": ("The other picture", 2)}[which]
    red = trace.found.means[row, 0]
    return _image(getattr(trace.found, which), f"{name}: its red has a mean of {red:.2f}")


def normed(trace: Trace[Any, Any]) -> Figure:
    """Draw what instance norm makes of the picture, and of it at the reader's contrast."""
    found = trace.found
    c = trace.settings.contrast
    title = "Instance norm of the picture x"
    if c != 1:
        title = f"IN(x) and IN({number_text(c)}x + 2): {short(found.difference)} apart at most"
    pair = [found.plain] if c == 1 else [found.plain, gap(found.plain), found.normed]
    return _image(0.5 + 0.2 * np.hstack(pair), title)


def gap(picture: NDArray[Any]) -> NDArray[Any]:
    """Return white columns, to stand between two pictures."""
    return np.full((len(picture), 2, 3), np.inf)


def styled(trace: Trace[Any, Any]) -> Figure:
    """Draw the picture in the style of the other."""
    found, t = trace.found, number_text(trace.settings.strength)
    return _image(
        found.styled, f"AdaIN, strength {t}: its red has a mean of {found.means[1, 0]:.2f}"
    )


def _image(values: NDArray[Any], title: str) -> Figure:
    """Draw a picture, values from 0 to 1; what is beyond is shown as the nearest colour."""
    shown = np.clip(np.rint(255 * values), 0, 255).astype(int)
    return theme.figure(
        title,
        [{"type": "image", "z": shown.tolist(), "hoverinfo": "skip"}],
        {"visible": False, "constrain": "domain"},
        {"visible": False, "scaleanchor": "x", "constrain": "domain"},
        margin={"l": 16, "r": 16, "b": 16},
    )


SMALL = "A small colour picture."
VIEW = View(
    name="picture",
    label="Pictures and style",
    measure=measure,
    needs=("strength", "contrast", "seed"),
    free=("strength", "contrast"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot("content", partial(given, which="content"), SMALL),
        Plot("normed", normed, SMALL),
        Plot("style", partial(given, which="style"), SMALL),
        Plot("styled", styled, SMALL),
    ),
    mine=mine,
    code=(instance_norm, adain, toward),
    reading="""
**Pictures and style.** Each colour is a channel. The result of instance norm is shown with its 0
as middle grey. AdaIN (adaptive instance norm) copies only the means and deviations; shapes stay.
""",
    try_this="Set the contrast to 0.2, then the strength of the style to 0. What changes?",
    notes=(
        Claim(
            "**Style transfer.** Instance norm takes the contrast and the brightness of a picture "
            "out, which are part of its style. AdaIN writes in those of another picture, so that "
            "one network serves many styles.",
            "reported",
            "Ulyanov et al. 2016; Huang & Belongie 2017 (both from memory)",
        ),
    ),
)
