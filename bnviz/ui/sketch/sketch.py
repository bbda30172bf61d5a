"""Python's side of the sketch: the empty axes, and what the reader has drawn on them.

In the link a sketch has the name of its view, ``noise_sketch_law=z5``. With ``_`` before it, it is
still being drawn, and the run waits.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from bnviz.figures import theme
from bnviz.figures.frames import encode, pick
from bnviz.labs.lab import Lab
from bnviz.labs.sketch import LEVELS, Sketch, is_log
from bnviz.labs.view import Trace, View
from bnviz.settings import readable
from bnviz.ui import address
from bnviz.ui.component import component
from bnviz.ui.reported import reported
from bnviz.ui.stage.library import app_folder, serve_plotly

OPEN = "_"
_PARTS = ("../stage/library.js", "../stage/figure.js", "ink.js", "sketch.js")


def _name(view: View) -> str:
    return f"sketch_{view.name}"


def names(lab: Lab) -> list[str]:
    """Return what a lab keeps of its sketches in its link."""
    return [_name(view) for view in lab.views if view.sketch]


def is_open(slug: str, view: View) -> bool:
    """Return whether the reader draws now, so that the run of the view is not shown."""
    said = address.state(slug).extras.get(_name(view), "")
    return view.sketch is not None and said.startswith(OPEN)


def taken(slug: str, view: View) -> str:
    """Return the sketch of a view, as `Sketch.read` gives it; empty if there is none."""
    said = address.state(slug).extras.get(_name(view), "").removeprefix(OPEN)
    return view.sketch.read(said)[0] if view.sketch and said else ""


def misread(lab: Lab) -> list[str]:
    """Return a sentence for each sketch of the link that is not what the link says."""
    linked, found = address.state(lab.slug).linked, []
    for view in lab.views:
        said = linked.get(_name(view), "").removeprefix(OPEN)
        why = view.sketch.read(said)[1] if view.sketch and said else None
        found += [f'"{_name(view)} {readable(said)}" {why}'] if why else []
    return found


def offer(slug: str, view: View, settings: Any) -> None:
    """Offer the empty axes beside the answers of a question."""
    if view.sketch is not None:
        words = f":material/draw: Or draw it. {_ask(view.sketch, settings)}"
        _axes(slug, view, words, {}, height=270)


def first(slug: str, view: View, trace: Trace[Any, Any]) -> None:
    """Draw the empty axes in place of a view's charts, and the way to the run."""
    sketch = view.sketch
    if sketch is None:
        return
    figure = next(plot for plot in view.plots if plot.id == sketch.plot).draw(trace)
    given = [pick(part, -1) for part in figure["data"] if part.get("name") in sketch.given]
    words = f":material/draw: {_ask(sketch, trace.settings)}"
    _axes(slug, view, words, {"given": encode(given)}, height=360)
    text = taken(slug, view)
    label = "Show the run over it" if text else "Show the run"
    _button(slug, view, label, text or None, kind="primary")


def beside(slug: str, view: View, words: str) -> None:
    """Write where the sketch parts from the run, and offer to draw one."""
    if view.sketch is None:
        return
    with st.container(key="sketched", horizontal=True, vertical_alignment="center", gap="small"):
        text = taken(slug, view)
        if words:
            st.markdown(f":small[:material/draw: **Your sketch** (○): {words}]", width="stretch")
        _button(slug, view, "Draw it again" if text else "Draw it first", OPEN + text)


def _ask(sketch: Sketch, settings: Any) -> str:
    return sketch.ask.format(**asdict(settings))


def _button(slug: str, view: View, label: str, value: str | None, kind: Any = "tertiary") -> None:
    st.button(
        label,
        key=f"{slug}_{_name(view)}_go",
        type=kind,
        icon=None if kind == "primary" else ":material/draw:",
        on_click=address.state(slug).remember,
        args=(_name(view), value),
    )


def _axes(slug: str, view: View, words: str, more: dict[str, Any], height: int) -> None:
    """Draw the empty axes, with what the reader has drawn so far."""
    state, key = address.state(slug), f"{slug}_{_name(view)}"
    before = OPEN if is_open(slug, view) else ""

    def keep() -> None:
        said = reported(key, "text", state.visit)
        if isinstance(said, str) and view.sketch is not None:
            text = view.sketch.read(said)[0] if said else ""
            state.remember(_name(view), before + text or None)

    st.markdown(words)
    data = payload(view.sketch, taken(slug, view)) | more
    data |= {"visit": state.visit, "height": height, "plotly": serve_plotly(app_folder())}
    _component(key=key, data=data, on_text_change=keep)


def payload(sketch: Sketch | None, text: str) -> dict[str, Any]:
    """Return what the browser draws on: values that JSON can hold."""
    if sketch is None:
        raise ValueError("a view without a sketch has no empty axes")
    return {
        "text": text,
        "levels": LEVELS,
        "x": list(sketch.x),
        "at": sketch.at,
        "log": is_log(sketch.up),
        "axes": encode({"xaxis": dict(sketch.across), "yaxis": dict(sketch.up)}),
        "given": [],
        "template": theme.template(),
        "dark": theme.DARK,
    }


_component = component(
    "bnviz_sketch",
    '<section class="bnsketch"></section>',
    Path(__file__).parent,
    css=("sketch.css",),
    js=_PARTS,
)
