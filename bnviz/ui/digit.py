"""The reader's digit: chosen or drawn on one page, it is there on all, and in their links."""

from __future__ import annotations

import streamlit as st

from bnviz.labs.playground import example
from bnviz.settings import readable
from bnviz.ui import address
from bnviz.ui.registry import pages

DIGIT = "digit"
"""Its name in links."""
_KEPT = "bnviz.digit"


def current(slug: str) -> str:
    """Return the digit: what the link of the page names, or what the reader chose last anywhere.

    The link of the page holds it from then on.
    """
    state = address.state(slug)
    linked = state.linked.get(DIGIT)
    if linked is not None:
        st.session_state[_KEPT] = example.read(linked)[0]
    text: str = st.session_state.get(_KEPT, example.FIRST)
    _write(state, text)
    state.write()
    return text


def keep(slug: str, said: object) -> None:
    """Take what a component has reported on a page; for callbacks. What is no text is left."""
    if not isinstance(said, str):
        return
    text = st.session_state[_KEPT] = example.read(said)[0]
    for page in pages():
        if f"bnviz.{page.slug}" not in st.session_state:
            continue
        state = address.state(page.slug)
        state.linked.pop(DIGIT, None)
        if page.slug == slug or DIGIT in state.extras:
            _write(state, text)


def misread(slug: str) -> list[str]:
    """Return a sentence for a digit of the link that is not what the link says."""
    linked = address.state(slug).linked.get(DIGIT)
    why = None if linked is None else example.read(linked)[1]
    return [] if why is None or linked is None else [f'"{DIGIT} {readable(linked)}" {why}']


def _write(state: address.PageState, text: str) -> None:  # type: ignore[type-arg]
    if text == example.FIRST:
        state.extras.pop(DIGIT, None)
    else:
        state.extras[DIGIT] = text
