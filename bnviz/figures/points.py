"""One point for each of a few named things."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

from bnviz.figures import theme
from bnviz.figures.frames import Figure


def points(
    values: Any, names: Sequence[str], what: str, title: str, axis: dict[str, Any]
) -> Figure:
    """Draw a point for each name, in a row, with the names below it; long names are broken."""
    places = list(range(len(names)))
    shown: dict[str, Any] = {
        "tickvals": places,
        "ticktext": broken(names),
        "range": [-0.5, places[-1] + 0.5],
    }
    return theme.figure(
        title,
        [theme.dots(places, values, theme.WITH, name="measured", marker={"size": 12})],
        theme.axis(what, **shown),
        axis,
    )


def broken(names: Sequence[str]) -> list[str]:
    """Return names broken into lines of at most 11 letters.

    Examples
    --------
    >>> broken(["unbiased variance"])
    ['unbiased<br>variance']
    """
    return ["<br>".join(wrap(name, 11)) for name in names]
