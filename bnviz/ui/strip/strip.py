"""Python's side of the strip: what is sent to the browser, and what the reader has chosen there."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from bnviz.core import data
from bnviz.figures import palette
from bnviz.labs.playground import WITH, WITHOUT, Settings, Trace, drawing, example
from bnviz.settings import readable
from bnviz.ui import address

DIGIT, MODE = "digit", "map"
"""What stands in the link."""
MODES = {drawing.EVAL: "eval mode", drawing.TRAIN: "train mode"}
NAMES = {WITH: "with BN", WITHOUT: "without BN"}
CLASS_COLORS = (palette.WITH.color, palette.WITHOUT.color, palette.THIRD.color)
N_POINTS = 200
"""Training points on a map."""
_HERE = Path(__file__).parent


def digit(slug: str) -> str:
    """Return the digit on show: what the reader chose on this visit, or what the link names."""
    state = address.state(slug)
    said = _reported(slug, "digit", state.visit) or state.extras.get(DIGIT, example.FIRST)
    return example.read(said)[0]


def mode(slug: str) -> str:
    """Return the mode of the maps."""
    state = address.state(slug)
    said = _reported(slug, "mode", state.visit) or state.extras.get(MODE, drawing.EVAL)
    return said if said in MODES else drawing.EVAL


def misread(slug: str) -> list[str]:
    """Return a sentence for each extra of the link that is not what it says."""
    linked = address.state(slug).linked
    notes = []
    if DIGIT in linked:
        why = example.read(linked[DIGIT])[1]
        notes += [] if why is None else [f'"digit {readable(linked[DIGIT])}" {why}']
    if linked.get(MODE, drawing.EVAL) not in MODES:
        text = readable(linked[MODE])
        notes.append(f'"map {text}" is not one of {", ".join(MODES)}; {drawing.EVAL} is used')
    return notes


def draw(slug: str, trace: Trace, settings: Settings) -> None:
    """Draw the strip, and write into the link what the reader has chosen there."""
    state, chosen, shown = address.state(slug), digit(slug), mode(slug)
    _component(
        key=_key(slug),
        data=payload(trace, settings, chosen, shown) | {"visit": state.visit},
        on_digit_change=lambda: None,
        on_mode_change=lambda: None,
    )
    state.remember(DIGIT, None if chosen == example.FIRST else chosen)
    state.remember(MODE, None if shown == drawing.EVAL else shown)


def payload(trace: Trace, settings: Settings, chosen: str, shown: str) -> dict[str, Any]:
    """Return what the browser draws: values that JSON can hold, arrays of bytes as base64."""
    plane = settings.dataset != "digits"
    sent: dict[str, Any] = {
        "steps": [int(step) for step in trace.steps],
        "networks": [_network(trace, norm, shown) for norm in (WITH, WITHOUT)],
        "colors": _themes([str(color) for _, color in palette.DIVERGING]),
        "ink": _themes([palette.BACKGROUND, palette.TEXT]),
        "plane": plane,
    }
    if plane:
        return sent | {
            "side": drawing.MAP_SIDE,
            "levels": drawing.CONFIDENCES,
            "classes": _themes(list(CLASS_COLORS)),
            "points": _points(settings.dataset),
            "modes": list(MODES.items()),
            "mode": shown,
        }
    low, high = drawing.RANGE[settings.activation]
    return sent | {
        "depth": settings.depth,
        "units": min(settings.width, drawing.MOST_UNITS),
        "width": settings.width,
        "ends": [low, high],
        "relu": settings.activation == "relu",
        "digit": chosen,
        "pixels": example.pixels(chosen),
        "label": example.label(chosen),
        "offered": [example.pixels(str(k)) for k in range(example.N_OFFERED)],
    }


def _network(trace: Trace, norm: str, shown: str) -> dict[str, Any]:
    seen = trace.drawn[norm]
    return {
        "norm": norm,
        "name": NAMES[norm],
        "diverged": trace.networks[norm].diverged_at,
        "kept": seen.kept,
        "units": _base64(seen.units),
        "outputs": _base64(seen.outputs),
        "map": _base64(seen.maps.get(shown, seen.maps[drawing.EVAL])),
    }


def _points(dataset: str) -> list[list[float]]:
    """Return training points as [across, up, class], each coordinate as a share of the map."""
    split = data.load(dataset)
    x_N2, labels_N = split.x_train[:N_POINTS], split.y_train[:N_POINTS]
    share_N2 = (x_N2 / drawing.REACH + 1) / 2
    return [
        [round(float(x), 3), round(1 - float(y), 3), int(label)]
        for (x, y), label in zip(share_N2, labels_N, strict=True)
    ]


def _themes(colors: list[str]) -> dict[str, list[str]]:
    return {"light": colors, "dark": palette.dark(colors)}


def _base64(array: Any) -> str:
    return b64encode(array.tobytes()).decode()


def _key(slug: str) -> str:
    return f"{slug}_strip"


def _reported(slug: str, name: str, visit: str) -> str | None:
    """Return what the browser has reported in this visit; None for nothing, or no text."""
    report = (st.session_state.get(_key(slug)) or {}).get(name)
    if not isinstance(report, Mapping) or report.get("visit") != visit:
        return None
    value = report.get("value")
    return value if isinstance(value, str) else None


_component = st.components.v2.component(
    "bnviz_strip",
    html='<section class="bnstrip" aria-label="The two networks"></section>',
    css=(_HERE / "strip.css").read_text("utf-8"),
    js="\n".join((_HERE / name).read_text("utf-8") for name in ("draw.js", "pad.js", "strip.js")),
    isolate_styles=False,
)
