"""Python's side of the strip: what is sent to the browser, and what the reader has chosen there."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import streamlit as st

from bnviz.core import data
from bnviz.figures import palette
from bnviz.labs.playground import WITH, WITHOUT, Settings, Trace, drawing, example
from bnviz.labs.playground import microscope as microscopes
from bnviz.settings import readable
from bnviz.ui import address
from bnviz.ui import digit as digits
from bnviz.ui.component import component
from bnviz.ui.digit import DIGIT
from bnviz.ui.reported import reported
from bnviz.ui.stage.message import number_after
from bnviz.ui.strip import microscope

MODE, UNIT = "map", "unit"
"""What stands in the link."""
MODES = {drawing.EVAL: "eval mode", drawing.TRAIN: "train mode"}
NAMES = {WITH: "with BN", WITHOUT: "without BN"}
CLASS_COLORS = (palette.WITH.color, palette.WITHOUT.color, palette.THIRD.color)
N_POINTS = 200
"""Training points on a map."""
PARTS = ("draw.js", "pad.js", "microscope.js", "strip.js")


def mode(slug: str) -> str:
    """Return the mode of the maps."""
    state = address.state(slug)
    said = _reported(slug, MODE, state.visit) or state.extras.get(MODE, drawing.EVAL)
    return said if said in MODES else drawing.EVAL


def unit(slug: str, settings: Settings) -> tuple[int, int] | None:
    """Return the layer and the unit under the microscope, counted from 0; None if it is closed."""
    state = address.state(slug)
    said = _reported(slug, UNIT, state.visit)
    said = state.extras.get(UNIT, "") if said is None else said
    return microscopes.read_unit(said, settings)[0] if settings.dataset == "digits" else None


def misread(slug: str, settings: Settings) -> list[str]:
    """Return a sentence for each extra of the link that is not what it says."""
    linked = address.state(slug).linked
    notes = digits.misread(slug)
    if UNIT in linked:
        why = microscopes.read_unit(linked[UNIT], settings)[1]
        notes += [] if why is None else [f'"unit {readable(linked[UNIT])}" {why}']
    if linked.get(MODE, drawing.EVAL) not in MODES:
        text = readable(linked[MODE])
        notes.append(f'"map {text}" is not one of {", ".join(MODES)}; {drawing.EVAL} is used')
    return notes


def draw(slug: str, trace: Trace, settings: Settings, t: int) -> None:
    """Draw the strip, and write into the link what the reader has chosen there.

    The microscope shows snapshot ``t``, where the reader has settled.
    """
    state, chosen, shown = address.state(slug), digits.current(slug), mode(slug)
    at = unit(slug, settings)
    data = payload(trace, settings, chosen, shown) | {"visit": state.visit, "unit": None}
    diverged = trace.networks[WITH].diverged_at
    alive = trace.drawn[WITH].kept and (diverged is None or trace.steps[t] < diverged)
    layer = microscope.look(settings, t, at[0]) if at is not None and alive else None
    if layer is not None and at is not None:
        seen = microscope.sent(layer, at, settings)
        whole = int(trace.steps[-1]) == settings.n_steps  # else there is nothing yet to play
        course = microscope.course(settings, at) if whole else ""
        data["unit"] = seen | {"step": int(trace.steps[t]), "course": course}
    _component(
        key=_key(slug),
        data=numbered(_key(slug), data),
        on_unit_change=lambda: None,
        on_digit_change=lambda: digits.keep(slug, reported(_key(slug), DIGIT, state.visit)),
        on_map_change=lambda: None,
    )
    if layer is not None and at is not None:
        with st.container(key="bench_of_unit"):
            microscope.link(layer, at[1], settings)
    _remember(slug, UNIT, None if at is None else microscopes.unit_text(*at))
    _remember(slug, MODE, None if shown == drawing.EVAL else shown)


def numbered(key: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with a number that grows with each change; the browser keeps the newest."""
    name = f"{key}.sent"
    number, before = st.session_state.get(name, (0, None))
    if before != data:
        number = number_after(number)
        st.session_state[name] = number, data
    return data | {"number": number}


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


def _remember(slug: str, name: str, value: str | None) -> None:
    """Put a value into the link; the note on what the link said stays until the reader chooses."""
    state = address.state(slug)
    linked = state.linked.get(name)
    state.remember(name, value)
    if linked is not None and _reported(slug, name, state.visit) is None:
        state.linked[name] = linked


def _key(slug: str) -> str:
    return f"{slug}_strip"


def _reported(slug: str, name: str, visit: str) -> str | None:
    """Return what the browser has reported in this visit; None for nothing, or no text."""
    value = reported(_key(slug), name, visit)
    return value if isinstance(value, str) else None


_component = component(
    "bnviz_strip",
    '<section class="bnstrip" aria-label="The two networks"></section>',
    Path(__file__).parent,
    css=("strip.css", "pad.css"),
    js=PARTS,
)
