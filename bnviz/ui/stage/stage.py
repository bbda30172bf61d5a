"""Python's side of the live stage: what is sent to the browser, and what comes back.

One ``st.components.v2`` component keeps its DOM between runs, so that a new figure is drawn into
the chart that is already there: zoom is kept and nothing flickers. Streamlit calls the default
export of ``stage.js`` again whenever the data or the theme changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import streamlit as st

from bnviz.figures import theme
from bnviz.figures.chart import Chart, Pick
from bnviz.figures.frames import encode, lengths
from bnviz.labs.view import Timeline
from bnviz.ui.reported import reported
from bnviz.ui.stage.library import app_folder, serve_plotly
from bnviz.ui.stage.message import next_message

MAX_CHARTS = 4
_HERE = Path(__file__).parent
_PARTS = (
    "library.js",
    "message.js",
    "figure.js",
    "move.js",
    "chart.js",
    "shell.js",
    "transport.js",
    "opening.js",
    "stage.js",
)
SCRIPT = "\n".join((_HERE / name).read_text("utf-8") for name in _PARTS)
"""The browser's side, as one script."""


@dataclass(frozen=True)
class StageState:
    """What the reader has settled on."""

    step: int | None  # None while the stage follows the newest snapshot
    choices: dict[str, str]  # the value of each pick, by its name


def stage(
    charts: Sequence[Chart],
    times: Timeline,
    *,
    running: bool,
    key: str,
    step: int | None = None,
    visit: str = "",
    run: str = "",
    height: int = 640,
    opens: bool = False,
) -> StageState:
    """Draw the charts and the transport, and return what the reader has settled on.

    Parameters
    ----------
    charts : sequence of Chart
        One to four; two columns, or one below 700 px of own width.
    times : Timeline
        The T snapshots so far: each ``Frames``, and ``labels``, has length T; the steps increase.
        Without a step nothing is computed yet: then the place is kept, and nothing is drawn.
        ``n_steps`` is shown as progress while ``running``. Where it is 0, or no chart moves, there
        is no transport.
    running : bool
        Whether more snapshots are to come.
    key : str
        The component's name in the session; it keeps its identity as long as this stays.
    step : int, optional
        Where to start, from the link. None follows the newest snapshot. It counts until the reader
        has chosen a step.
    visit : str
        Names the link that was followed. Under another name ``step``, and the values of the picks,
        count again, and what the reader chose before is forgotten.
    run : str
        Names the run; appears as ``data-run`` in the page, for tests.
    height : int
        Height in px of the whole stage, transport included, when it has two columns.
    opens : bool
        Whether the run plays by itself, once in a browser visit and from its first snapshot, while
        each chart says what to look at. Any key or click ends it. Not where a step is named, and
        not for a reader who asks for less motion.

    Raises
    ------
    ValueError
        If there are no charts or more than four, an id or a pick name occurs twice, the steps do
        not increase, or a ``Frames``, or ``labels``, has another length than ``steps``.

    Notes
    -----
    Playing and scrubbing send nothing. A message comes when a scrub ends, on pause, after the step
    buttons, when a playback reaches its end, and on a pick. A reader who goes to the last snapshot
    of a run follows again, and ``step`` is None.
    """
    step = settled(key, step, visit)
    data = payload(charts, times, running=running, step=step, run=run, height=height)
    data["opens"] = opens
    data["visit"] = visit
    data["plotly"] = serve_plotly(app_folder())
    sent = next_message(st.session_state.get(f"{key}.sent"), data, _reported(key, visit)["lacks"])
    _component(
        key=key,
        data=sent.message,
        on_step_change=lambda: None,
        on_choices_change=lambda: None,
        on_lacks_change=lambda: None,
    )
    st.session_state[f"{key}.sent"] = sent
    return StageState(step, {p.name: p.value for chart in charts for p in chart.choices})


def settled(key: str, step: int | None, visit: str = "") -> int | None:
    """Return the step that the reader settled on; None for the newest snapshot.

    The parameters are those of ``stage``.
    """
    chosen_step = _reported(key, visit).get("step", step)
    return None if chosen_step == "newest" else chosen_step


def chosen(key: str, pick: Pick, visit: str = "") -> Pick:
    """Return the pick with the value that the reader chose on the stage ``key``, if any.

    Call it before the figure is made, as the figure depends on it. A value that is no option any
    more (layer 9 of a network that now has 6) falls back to ``pick.value``.
    """
    value = _reported(key, visit)["choices"].get(pick.name)
    return replace(pick, value=value) if value in pick.options else pick


def payload(
    charts: Sequence[Chart],
    times: Timeline,
    *,
    running: bool,
    step: int | None = None,
    run: str = "",
    height: int = 640,
) -> dict[str, Any]:
    """Return what ``stage`` sends to the browser: values that JSON can hold, without NaN.

    Parameters and errors are those of ``stage``.
    """
    steps = [int(number) for number in times.steps]
    _check(charts, steps, times.labels)
    return {
        "run": run,
        "steps": steps,
        "nSteps": int(times.n_steps),
        "paceS": times.pace_s,
        "running": bool(running),
        "step": step,
        "labels": list(times.labels),
        "height": height,
        "charts": [_encode_chart(chart) for chart in charts],
        "template": theme.template(),
        "dark": theme.DARK,
    }


def _encode_chart(chart: Chart) -> dict[str, Any]:
    picks = [
        {
            "name": pick.name,
            "label": pick.label,
            "kind": pick.kind,
            "value": pick.value,
            "options": [[value, label] for value, label in pick.options.items()],
        }
        for pick in chart.choices
    ]
    figure = encode(chart.figure)
    return {
        "id": chart.id,
        "name": chart.name,
        "look": chart.look,
        "alt": encode(chart.alt),
        "figure": figure,
        "picks": picks,
    }


def _check(charts: Sequence[Chart], steps: Sequence[int], labels: Sequence[str]) -> None:
    if not 1 <= len(charts) <= MAX_CHARTS:
        raise ValueError(f"a stage has 1 to {MAX_CHARTS} charts, got {len(charts)}")
    if any(later <= earlier for earlier, later in pairwise(steps)):
        raise ValueError(f"steps must increase, got {list(steps)}")
    if len(labels) not in (0, len(steps)):
        raise ValueError(f"{len(steps)} labels are wanted, one for each step, got {len(labels)}")
    ids = [chart.id for chart in charts]
    names = [pick.name for chart in charts for pick in chart.choices]
    for what, words in (("chart id", ids), ("pick name", names)):
        if len(set(words)) < len(words):
            raise ValueError(f"each {what} must occur once, got {words}")
    for chart in charts:
        wrong = (lengths(chart.figure) | lengths(chart.alt)) - {len(steps)}
        if wrong:
            raise ValueError(
                f"chart {chart.id!r} must have {len(steps)} snapshots, one for each step, "
                f"got {sorted(wrong)}"
            )


def _reported(key: str, visit: str) -> dict[str, Any]:
    """Return what the browser has reported in this visit; what has a wrong type is left out."""
    values = {name: reported(key, name, visit) for name in ("step", "choices", "lacks")}
    found: dict[str, Any] = {"choices": {}, "lacks": -1}
    if type(values["lacks"]) is int:
        found["lacks"] = values["lacks"]
    step = values["step"]
    if step == "newest" or type(step) is int:  # a bool is an int, too
        found["step"] = step
    choices = values["choices"]
    if isinstance(choices, Mapping):
        found["choices"] = {name: value for name, value in choices.items() if type(value) is str}
    return found


_component = st.components.v2.component(
    "bnviz_stage",
    html='<section class="bnstage" aria-label="Charts and playback"></section>',
    css=(_HERE / "stage.css").read_text("utf-8"),
    js=SCRIPT,
    isolate_styles=False,  # Plotly puts its own style sheet into the document
)
