"""Views that moved to another page: old links lead to where they are now."""

from __future__ import annotations

import streamlit as st

from bnviz.labs.lab import Lab
from bnviz.labs.question import SKIPPED
from bnviz.settings import fields
from bnviz.ui.registry import MOVED, page_of


def lead_on(lab: Lab) -> None:
    """Open the page that a view of the link has moved to, if it has; nothing else is drawn then.

    The settings, the step and the view stay as they are. The answer to the question of the old page
    is none to that of the new one: who had the result in sight has it again.
    """
    old = f"{lab.slug}_"
    new = MOVED.get((lab.slug, st.query_params.get(f"{old}view", "")))
    if new is None:
        return
    strangers = {*fields(lab.settings), "transfer"} - {"seed"}
    said = {
        name.removeprefix(old): st.query_params[name]
        for name in st.query_params
        if name.startswith(old) and name.removeprefix(old) not in strangers
    }
    if "predicted" in said:
        said["predicted"] = SKIPPED
    st.switch_page(
        page_of(new).script, query_params={f"{new}_{name}": text for name, text in said.items()}
    )
