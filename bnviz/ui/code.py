"""The program's own code on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from bnviz.labs.source import source


def code(slug: str, functions: Sequence[Callable[..., Any]]) -> None:
    """Offer the code that ran; the browser loads what colours it once it is unfolded."""
    label = "The code that did it"
    fold = st.expander(label, icon=":material/code:", key=f"code_{slug}", on_change="rerun")
    if fold.open:
        with fold:
            st.caption("Copied from the running program, without its docstrings.")
            for function in functions:
                st.code(source(function), language="python")
