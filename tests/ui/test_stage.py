"""Python's side of the stage: what is sent, what is refused, and what comes back."""

import json
import re
from pathlib import Path

import numpy as np
import plotly
import pytest
from streamlit.testing.v1 import AppTest

from bnviz.figures import theme
from bnviz.figures.frames import Frames
from bnviz.labs.view import Timeline
from bnviz.ui.stage import Chart, Pick, StageState, chosen, payload, serve_plotly

N_SNAPSHOTS = 50
LAYER = Pick("layer", "Layer", {"1": "layer 1", "2": "layer 2"}, "1", "select")

APP = """
import numpy as np
import streamlit as st
from bnviz.figures.frames import Frames
from bnviz.labs.view import Timeline
from bnviz.ui.stage import Chart, Pick, chosen, stage

pick = chosen("stage", Pick("layer", "Layer", {"1": "layer 1", "2": "layer 2"}, "1"))
figure = {"data": [{"type": "bar", "y": Frames(np.array([[1.0, np.nan], [2.0, 3.0]]))}]}
state = stage(
    [Chart("bars", figure, "Two bars", [pick])],
    Timeline([0, 10], 10), running=False, step=10, run="r1", key="stage",
)
st.text(repr(state))
"""


def chart(name="loss", n=N_SNAPSHOTS, picks=(), **more):
    """Return a chart like those of the playground: a curve, a guide and twelve moving outlines."""
    rng = np.random.default_rng(0)
    curve = theme.line(np.arange(251), rng.standard_normal(251), theme.WITH, name="with BN")
    outlines = Frames(rng.standard_normal((n, 12 * 60)), bits=16)
    figure = {
        "data": [curve, {"type": "scatter", "x": outlines, "y": outlines}],
        "layout": {
            "title": theme.finding(Frames([f"At snapshot {t}" for t in range(n)])),
            "shapes": [theme.guide(x=Frames(np.arange(n, dtype=float)))],
        },
    }
    return Chart(name, figure, Frames([f"Snapshot {t}" for t in range(n)]), picks, **more)


def said(visit="", **reports):
    """Return the component's state as the browser writes it."""
    return {name: {"visit": visit, "value": value} for name, value in reports.items()}


def send(charts, steps=range(0, 500, 10), n_steps=500, **more):
    return payload(charts, Timeline(steps, n_steps), **{"running": False, **more})


def test_what_is_sent_is_json():
    data = send([chart("a"), chart("b", picks=[LAYER])], step=120, run="r1", height=600)
    sent = json.loads(json.dumps(data, allow_nan=False))
    assert sent["steps"][:3] == [0, 10, 20]
    assert (sent["step"], sent["nSteps"], sent["running"]) == (120, 500, False)
    assert (sent["run"], sent["height"]) == ("r1", 600)
    assert sent["charts"][0]["alt"]["frames"][3] == "Snapshot 3"
    assert sent["charts"][1]["picks"] == [
        {
            "name": "layer",
            "label": "Layer",
            "kind": "select",
            "value": "1",
            "options": [["1", "layer 1"], ["2", "layer 2"]],
        }
    ]
    assert sent["dark"]["#0072B2"] == theme.DARK["#0072B2"]
    assert sent["template"]["layout"]["font"]["size"] == 14


def test_numpy_numbers_are_taken_as_steps():
    data = send([chart(n=2)], steps=np.array([0, 10]), n_steps=np.int64(10), running=np.True_)
    assert json.loads(json.dumps(data))["steps"] == [0, 10]


def test_four_charts_of_fifty_snapshots_stay_small():
    size = len(json.dumps(send([chart(name) for name in "abcd"])))
    outlines = 4 * 2 * 50 * 720 * 2 * 4 / 3  # charts, x and y, snapshots, points, bytes, base64
    assert outlines < size < 1.1 * outlines
    assert size < 900_000


def test_one_snapshot_and_no_snapshot_are_sent_too():
    assert send([chart(n=1)], steps=[0])["steps"] == [0]
    assert send([chart(n=0)], steps=[])["steps"] == []


@pytest.mark.parametrize(
    ("charts", "more", "message"),
    [
        ([], {}, "1 to 4 charts, got 0"),
        ([chart(name) for name in "abcde"], {}, "1 to 4 charts, got 5"),
        ([chart("a"), chart("a")], {}, "each chart id must occur once"),
        ([chart("a", picks=[LAYER]), chart("b", picks=[LAYER])], {}, "each pick name"),
        ([chart(n=2)], {"steps": [10, 10]}, "steps must increase"),
        ([chart(n=2)], {"steps": [0, 1, 2]}, r"'loss' must have 3 snapshots.*got \[2\]"),
    ],
)
def test_what_does_not_fit_together_is_refused(charts, more, message):
    with pytest.raises(ValueError, match=message):
        send(charts, **more)


def test_a_pick_must_be_among_its_options():
    with pytest.raises(ValueError, match="'layer' must be one of 1, 2, got '3'"):
        Pick("layer", "Layer", {"1": "a", "2": "b"}, "3")
    with pytest.raises(ValueError, match="'segments' or 'select'"):
        Pick("layer", "Layer", {"1": "a"}, "1", "buttons")


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (said(choices={"layer": "2"}), "2"),
        (said(choices={"layer": "2"}, visit="earlier"), "1"),
        (said(choices={"layer": "9"}), "1"),
        (said(choices={"other": "2"}), "1"),
        (said(choices={"layer": ["2"]}), "1"),
        (said(choices="2"), "1"),
        ({"choices": {"layer": "2"}}, "1"),
        ({}, "1"),
        (None, "1"),
    ],
)
def test_a_choice_is_kept_while_it_exists(monkeypatch, told, value):
    monkeypatch.setattr("streamlit.session_state", {"stage": told})
    assert chosen("stage", LAYER).value == value


@pytest.fixture
def app(tmp_path):
    script = tmp_path / "app.py"
    script.write_text(APP, encoding="utf-8")
    return AppTest.from_file(str(script), default_timeout=20)


def test_the_page_holds_one_component_with_the_data(app):
    app.run()
    assert not app.exception
    (component,) = app.get("bidi_component")
    data = json.loads(component.proto.json)["whole"]
    assert component.proto.component_name == "bnviz_stage"
    assert data["charts"][0]["figure"]["data"][0]["y"]["frames"]["dtype"] == "f4"
    assert data["plotly"].startswith("app/static/plotly.min.js")
    assert component.proto.isolate_styles is False


def test_the_link_counts_until_the_browser_has_spoken(app):
    app.run()
    assert app.text[0].value == repr(StageState(10, {"layer": "1"}))


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (said(step=0, choices={"layer": "2"}), StageState(0, {"layer": "2"})),
        (said(step="newest"), StageState(None, {"layer": "1"})),
        (said(step=0, visit="earlier"), StageState(10, {"layer": "1"})),
        (said(step="forged", choices=5), StageState(10, {"layer": "1"})),
        (said(step=True), StageState(10, {"layer": "1"})),
        ({"step": 5}, StageState(10, {"layer": "1"})),
    ],
)
def test_what_the_browser_says_comes_back(app, told, state):
    app.session_state["stage"] = told
    app.run()
    assert not app.exception
    assert app.text[0].value == repr(state)


def message(app):
    app.run()
    return json.loads(app.get("bidi_component")[0].proto.json)


@pytest.mark.parametrize(("later", "answered"), [(1, True), (0, False), (-2, False)])
def test_what_the_browser_lacks_is_sent_again(app, later, answered):
    """It names a message that it cannot read, one that came after the last that was whole."""
    first = message(app)
    app.session_state["stage"] = said(lacks=first["serial"] + later)
    again = message(app)
    assert (again["serial"] > first["serial"]) == answered
    assert again["whole"] == first["whole"]


def test_plotly_is_copied_from_the_package_once(tmp_path):
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    address = serve_plotly(tmp_path)
    target = tmp_path / "static" / "plotly.min.js"
    assert target.read_bytes() == source.read_bytes()
    assert address == f"app/static/plotly.min.js?size={source.stat().st_size}"
    assert [path.name for path in target.parent.iterdir()] == ["plotly.min.js"]

    before = target.stat().st_mtime_ns
    serve_plotly.cache_clear()
    assert serve_plotly(tmp_path) == address
    assert target.stat().st_mtime_ns == before


def test_half_a_file_is_replaced(tmp_path):
    (tmp_path / "static").mkdir()
    target = tmp_path / "static" / "plotly.min.js"
    target.write_text("half", encoding="utf-8")
    serve_plotly(tmp_path)
    assert target.stat().st_size > 1_000_000


def test_where_the_app_cannot_write_plotly_is_served_out_of_the_package(tmp_path):
    (tmp_path / "static").write_text("no folder", encoding="utf-8")
    address = serve_plotly(tmp_path)
    assert re.fullmatch(r"component/bnviz[\w.]*\.plotly/plotly\.min\.js\?size=\d+", address)
