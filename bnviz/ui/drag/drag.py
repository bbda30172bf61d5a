"""Python's side of the dragged batch: what is sent to the browser, and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bnviz.labs.anatomy import Settings
from bnviz.marks import Numbers
from bnviz.ui import address
from bnviz.ui.component import component
from bnviz.ui.reported import reported
from bnviz.ui.strip.strip import numbered

_PARTS = ("bn.js", "line.js", "drag.js")


def draw(slug: str, settings: Settings) -> None:
    """Draw the batch of the settings; a batch that was dragged goes into them."""
    state, key = address.state(slug), f"{slug}_drag"

    def keep() -> None:
        said, mark = reported(key, "values", state.visit), state.marks["values"]
        if isinstance(said, str) and isinstance(mark, Numbers):
            state.change({"values": mark.read(said[: mark.longest], state.settings.values)[0]})

    data = numbered(key, payload(settings) | {"visit": state.visit})
    _component(key=key, data=data, on_values_change=keep)


def payload(settings: Settings) -> dict[str, Any]:
    """Return what the browser computes with: values that JSON can hold."""
    names = ("gamma", "beta", "eps", "divide", "identity")
    return {"values": list(settings.values), **{name: getattr(settings, name) for name in names}}


_component = component(
    "bnviz_drag",
    '<section class="bndrag" aria-label="Your batch"></section>',
    Path(__file__).parent,
    css=("drag.css",),
    js=_PARTS,
)
