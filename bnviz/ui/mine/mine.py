"""Python's side: the digit, twelve to choose from, and what the view makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from bnviz.figures import palette
from bnviz.labs.mine import Mine
from bnviz.labs.playground import example
from bnviz.labs.view import View
from bnviz.ui import address, compute, digit
from bnviz.ui.component import component
from bnviz.ui.reported import reported
from bnviz.ui.strip.strip import numbered

_PARTS = ("../strip/draw.js", "../strip/pad.js", "mine.js")


def draw(slug: str, view: View, settings: Any) -> None:
    """Draw the fold of a view that does something with a digit; it is computed once unfolded."""
    if view.mine is None:
        return
    chosen = digit.current(slug)
    key = f"{slug}_mine"
    fold = st.expander("Your digit here", icon=":material/draw:", key=key, on_change="rerun")
    if not fold.open:
        return
    found: Mine | None = compute.found(view.mine_arm(settings, chosen))
    with fold:
        if found is not None:
            st.markdown(found.sentence)
        _pictures(slug, chosen, found)


def _pictures(slug: str, chosen: str, found: Mine | None) -> None:
    state, key = address.state(slug), f"{slug}_mine_pictures"
    ink = [palette.BACKGROUND, palette.TEXT]
    pictures = () if found is None else found.pictures
    data = {
        "visit": state.visit,
        "digit": chosen,
        "pixels": example.pixels(chosen),
        "offered": [example.pixels(str(k)) for k in range(example.N_OFFERED)],
        "pictures": [[one.levels, one.words, one.marked] for one in pictures],
        "ink": {"light": ink, "dark": palette.dark(ink)},
    }
    _component(
        key=key,
        data=numbered(key, data),
        on_digit_change=lambda: digit.keep(slug, reported(key, "digit", state.visit)),
    )


_component = component(
    "bnviz_mine",
    '<section class="bnmine" aria-label="Your digit"></section>',
    Path(__file__).parent,
    css=("mine.css", "../strip/pad.css"),
    js=_PARTS,
)
