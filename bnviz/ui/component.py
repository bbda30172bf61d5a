"""A part of a page that the browser draws: its element, style sheets and scripts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st


def component(name: str, html: str, folder: Path, *, css: Sequence[str], js: Sequence[str]) -> Any:
    """Return a component of Streamlit whose files lie in ``folder``, or are named from there.

    The files of each kind become one, in their order. Styles are the page's own: Plotly puts its
    sheet into the document, too.
    """

    def joined(files: Sequence[str]) -> str:
        return "\n".join((folder / file).read_text("utf-8") for file in files)

    return st.components.v2.component(
        name, html=html, css=joined(css), js=joined(js), isolate_styles=False
    )
