"""The row of views of a lab."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bnviz.labs.lab import Lab
from bnviz.labs.view import View
from bnviz.ui import address, linked_stage

VIEW = "view"
"""Its name in links."""


def draw(lab: Lab, on_show: View) -> None:
    """Draw the row of views; those that go deeper wait behind a button of their own."""
    near = [view for view in lab.views if not view.deeper]
    deeper = [view for view in lab.views if view.deeper]
    if len(lab.views) == 1:
        return
    with st.container(key="views", horizontal=True, vertical_alignment="center", gap="small"):
        _near_views(lab, near, on_show)
        if deeper:
            label = f"Deeper: {on_show.label}" if on_show.deeper else "Deeper"
            key = f"deeper_{lab.slug}_{on_show.name}"  # a new key is a new, closed popover
            with st.popover(label, key=key, type="secondary" if on_show.deeper else "tertiary"):
                for view in deeper:
                    st.button(
                        view.label,
                        key=f"{lab.slug}_{VIEW}_{view.name}",
                        type="tertiary",
                        on_click=_look_at,
                        args=(lab, view.name),
                    )


def _near_views(lab: Lab, near: Sequence[View], on_show: View) -> None:
    """Draw the views in sight; a new key for each visit, as a link may choose another one."""
    labels = {view.name: view.label for view in near}
    shown = on_show.name if on_show.name in labels else None
    key = f"{lab.slug}_{VIEW}_{address.state(lab.slug).visit}_{shown is None}"
    st.segmented_control(
        "What to look at",
        list(labels),
        format_func=labels.__getitem__,
        default=shown,
        required=shown is not None,
        key=key,
        on_change=lambda: _look_at(lab, st.session_state[key]),
        label_visibility="collapsed",
    )


def _look_at(lab: Lab, name: str) -> None:
    """Change the view, and forget the step; for callbacks."""
    link = address.state(lab.slug)
    link.remember(VIEW, None if name == lab.first.name else name)
    link.remember(linked_stage.STEP, None)
