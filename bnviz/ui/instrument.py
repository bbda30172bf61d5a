"""Pieces around the charts: the key of the lines, the stop button, the table of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from bnviz.ui import page
from bnviz.ui.compute import Following, set_stopped


def key(lines: Sequence[tuple[str, str, str]]) -> None:
    """Draw the key of the lines.

    A line is Streamlit's name of a text colour, box-drawing characters, and what it stands for.
    """
    whole = "\N{NO-BREAK SPACE}"  # a name stays beside its stroke
    parts = [
        f":{colour}[**{stroke}**]{whole}{name.replace(' ', whole)}"
        for colour, stroke, name in lines
    ]
    st.markdown(":small[" + " \N{EM SPACE} ".join(parts) + "]")


def stop_button(slug: str, following: Following) -> None:
    """Draw a button that stops the run, or lets it go on; nothing for a run that is over.

    Beside it stands why a run is drawn less often than others.
    """
    if following.going or following.stopped:
        st.button(
            "Go on" if following.stopped else "Stop",
            key=f"stop_{slug}",
            on_click=set_stopped,
            args=(slug, not following.stopped),
        )
    if following.sparse:
        st.caption("Many readers: fewer pictures on the way.")


def numbers(slug: str, columns: Mapping[str, Any], name: str) -> None:
    """Offer the numbers of a run as a table; it is only made once it is unfolded."""
    fold = st.expander("Numbers of this run", key=f"numbers_{slug}", on_change="rerun")
    if fold.open:
        with fold:
            page.numbers(columns, name=f"{slug}_{name}")
