"""A bug and its repairs, as bars."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.train_eval.losses import SLUG
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval import Trace
from bnviz.labs.train_eval.bugs import BUG, CONTROL, NO_REPAIR, Outcome
from bnviz.labs.train_eval.findings import bug_title, nats

HATCHED = {BUG: "/", NO_REPAIR: "x"}
THICK = 0.42
NAME_ABOVE = 0.36


def bars(trace: Trace, what: str) -> Figure:
    """Return a bar for each case: hatched where it goes wrong, thin line for the recorded seeds."""
    outcomes = trace.outcomes
    values = np.array([_value(outcome, what) for outcome in outcomes])
    top = 1.0 if what == "accuracy" else max(2.6, float(np.max(values, initial=0)) * 1.25)
    places = -np.arange(len(outcomes), dtype=float)
    data: list[theme.Trace] = [
        _bar(outcome, place, value, what)
        for outcome, place, value in zip(outcomes, places, values, strict=True)
    ]
    data.append(
        {
            "type": "scatter",
            "mode": "text",
            "x": np.zeros(len(outcomes)),
            "y": places + NAME_ABOVE,
            "text": [outcome.name for outcome in outcomes],
            "textposition": "middle right",
            "textfont": {"color": theme.TEXT},
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    )
    data += _seeds(trace, what, places)
    axis = {
        "loss": theme.axis("Test loss", "nats"),
        "accuracy": theme.axis("Right answers", "%", tickvals=[0, 20, 40, 60, 80, 100]),
    }
    scale = 100 if what == "accuracy" else 1
    layout = {
        "title": theme.finding(bug_title(trace) if what == "loss" else _right(trace)),
        "xaxis": {**axis[what], "range": [0, top * scale * 1.12]},
        "yaxis": theme.axis(
            "", range=[-max(len(outcomes), 2) + 0.5, 0.65], tickvals=[], showline=False, ticklen=0
        ),
        "barmode": "overlay",
        "margin": {"l": 16},
    }
    return {"data": data, "layout": layout}


def _value(outcome: Outcome, what: str) -> float:
    return outcome.loss if what == "loss" else 100 * outcome.accuracy


def _bar(outcome: Outcome, place: float, value: float, what: str) -> theme.Trace:
    role = theme.WITHOUT if outcome.kind == CONTROL else theme.WITH
    text = nats(outcome.loss) if what == "loss" else f"{outcome.accuracy:.0%}"
    hatch = HATCHED.get(outcome.kind)
    marker: dict[str, Any] = {"color": role.color, "line": {"color": role.color, "width": 1}}
    if hatch:
        marker["pattern"] = {
            "shape": hatch,
            "fgcolor": role.color,
            "bgcolor": theme.BACKGROUND,
            "size": 7,
        }
    return {
        "type": "bar",
        "orientation": "h",
        "x": [value],
        "y": [place],
        "width": THICK,
        "marker": marker,
        "name": outcome.name,
        "text": [f" {text}"],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": f"{outcome.name} ({outcome.kind}): {text}<extra></extra>",
    }


def _seeds(trace: Trace, what: str, places: np.ndarray) -> list[theme.Trace]:
    """Return the recorded range over the seeds, where these settings are recorded."""
    sweep = recorded(SLUG)[trace.settings.bug]
    cell = sweep.find(trace.settings)
    if cell is None or not len(places):
        return []
    values = sweep.values[what][cell] * (100 if what == "accuracy" else 1)
    x, y = [], []
    for case, place in enumerate(places):
        x += [values[:, case].min(), values[:, case].max(), np.nan]
        y += [place - 0.6 * THICK, place - 0.6 * THICK, np.nan]
    name = f"range over {len(sweep.seeds)} seeds, recorded"
    return [
        theme.line(
            x, y, theme.REFERENCE, name=name, line={"dash": "solid", "width": 3},
            hovertemplate=f"{name}<br>%{{x:.3g}}<extra></extra>",
        )
    ]  # fmt: skip


def _right(trace: Trace) -> str:
    if len(trace.outcomes) < 2:
        return "Right answers"
    words = ", ".join(f"{outcome.accuracy:.0%}" for outcome in trace.outcomes)
    return f"Right answers, from top to bottom: {words}"
