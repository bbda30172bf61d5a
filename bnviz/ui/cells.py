"""A picture in which a click sets controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bnviz.figures import theme
from bnviz.ui import address


def drawn(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Give a figure the house template, and the colours of the reader's theme.

    Parameters
    ----------
    figure : mapping
        A plain Plotly figure in light colours.

    Returns
    -------
    dict
        For ``page.show``.
    """
    layout = {"template": theme.template(), **figure["layout"]}
    painted = {"data": figure["data"], "layout": layout}
    return theme.dark(painted) if st.context.theme.type == "dark" else painted


def clickable(figure: Mapping[str, Any], slug: str, fields: Sequence[str], *, alt: str) -> None:
    """Draw a figure in which a click on a point sets some of the lab's controls.

    Parameters
    ----------
    figure : mapping
        A plain Plotly figure. The ``customdata`` of a point are whole numbers, one a field.
    slug : str
        The lab.
    fields : sequence of str
        The settings that a click sets.
    alt : str
        What the figure shows. The controls do the same from the keyboard.
    """
    key = f"{slug}_cells"
    st.plotly_chart(
        drawn(figure),
        theme=None,
        key=key,
        on_select=lambda: _take(key, slug, fields),
        selection_mode="points",
        alt=alt,
    )


def _take(key: str, slug: str, fields: Sequence[str]) -> None:
    """Set the controls to what was clicked. A second click on the same point takes nothing back."""
    points = st.session_state[key].selection.points
    if points:
        clicked = zip(fields, points[0]["customdata"], strict=True)
        address.state(slug).change({field: int(index) for field, index in clicked})
