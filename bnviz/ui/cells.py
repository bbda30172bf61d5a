"""A picture in which a click sets controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bnviz.figures import theme
from bnviz.ui import address


def drawn(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure that does not move, in the house template and the colours of the theme."""
    layout = {"template": theme.template(), **figure["layout"]}
    painted = {"data": figure["data"], "layout": layout}
    return theme.dark(painted) if st.context.theme.type == "dark" else painted


def clickable(figure: Mapping[str, Any], slug: str, fields: Sequence[str], *, alt: str) -> None:
    """Draw a figure in which a click on a point sets some of the page's controls.

    The ``customdata`` of a point are whole numbers, one for each of the fields that a click sets.
    The controls do the same from the keyboard.
    """
    key = f"{slug}_cells"

    def take() -> None:
        """Set the controls to what was clicked; a second click on a point takes nothing back."""
        points = st.session_state[key].selection.points
        if points:
            clicked = zip(fields, points[0]["customdata"], strict=True)
            address.state(slug).change({field: int(index) for field, index in clicked})

    st.plotly_chart(
        drawn(figure), theme=None, key=key, on_select=take, selection_mode="points", alt=alt
    )
