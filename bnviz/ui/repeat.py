"""A button that does the same again, with other random numbers each time."""

from __future__ import annotations

import streamlit as st


def clicks(slug: str, label: str) -> int:
    """Draw a button, one a page, and return how often this reader has clicked on it, 0 at first.

    As a seed it makes each click show something else. The count lives in the session, not in the
    link: what it shows is to be drawn anew.
    """
    count = f"{slug}_clicks"

    def click() -> None:
        st.session_state[count] = st.session_state.get(count, 0) + 1

    st.button(label, on_click=click, key=f"{slug}_repeat")
    return st.session_state.get(count, 0)
