"""The playground's page, without a browser: every control, presets, broken links."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.labs.playground import PRESETS, Settings
from bnviz.settings import fields, to_query
from tests.lessons import ends_of

APP = str(Path(__file__).parents[2] / "app.py")
QUICK = {"playground_n_steps": "100", "playground_depth": "2", "playground_width": "8"}


def opened(**query):
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in {**QUICK, **query}.items():
        app.query_params[name] = value
    return app.run()


def fine(app):
    return not app.exception and not app.error and not app.warning


def said(app):
    return " ".join(element.value for element in [*app.markdown, *app.text])


def test_the_page_is_alive_without_a_click():
    app = opened()
    assert fine(app)
    assert "After 1" in said(app) or "Both networks stand" in said(app) or "steps" in said(app)
    assert app.get("bidi_component")


@pytest.mark.parametrize(("name", "value"), list(ends_of(Settings)))
def test_both_ends_of_every_control(name, value):
    app = opened(**{f"playground_{name}": fields(Settings)[name].text(value)})
    assert fine(app)
    assert "From the link" not in said(app)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_presets_open(preset):
    app = AppTest.from_file(APP, default_timeout=60)
    for name, value in to_query(preset.settings, "playground").items():
        app.query_params[name] = value
    app.run()
    assert fine(app)
    assert "From the link" not in said(app)


@pytest.mark.parametrize(
    "query",
    [
        {"playground_batch_size": "1e999"},
        {"playground_depth": "-5"},
        {"playground_lr": "<script>"},
        {"playground_eps": "9" * 5000},
        {"playground_step": "99999999999999999999"},
        {"playground_step": "-1"},
        {"playground_layer": "17", "playground_depth": "2"},
        {"playground_site": "nowhere"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_broken_links_open(query):
    app = opened(**query)
    assert fine(app)


def test_a_bad_value_is_named_in_one_line():
    app = opened(playground_batch_size="9999")
    assert "batch size 9999" in said(app)
    assert "256 is used" in said(app)


def test_the_page_states_the_hash_of_the_shared_start():
    from bnviz.labs.playground import Experiment

    settings = Settings(n_steps=100, depth=2, width=8)
    assert Experiment(settings).trace().start_hash in said(opened())


def test_a_link_to_a_quantity_that_there_is_not_is_told():
    app = opened(playground_site="nowhere", playground_flow="ratio")
    assert fine(app)
    told = " ".join(text.value for text in app.text)
    assert '"site nowhere" is not one of linear, normalized, activated; it is set aside' in told
    assert "flow" not in told


@pytest.mark.parametrize(
    ("step", "when", "note"),
    [
        ("10", "After 10 of 100 steps: ", ""),
        ("0", "Both networks stand at the start", ""),
        ("100", "After 100 steps: ", ""),
        ("12", "", "Step 12 was not recorded; the nearest one, "),
        (
            "4000",
            "After 100 steps: ",
            "Step 4000 was not recorded; the nearest one, 100, is shown.",
        ),
    ],
)
def test_the_sentence_tells_of_the_step_on_show(step, when, note):
    app = opened(playground_step=step)
    app.session_state["bnviz.playground.run"].wait_over(30)
    app.run()
    assert fine(app)
    assert when in said(app)
    assert note in said(app)
    assert ("was not recorded" in said(app)) == bool(note)


def test_a_step_that_may_still_come_is_not_said_to_be_missing():
    def script():
        import streamlit as st

        from bnviz.figures.chart import Chart
        from bnviz.figures.frames import Frames
        from bnviz.labs.playground import Settings
        from bnviz.labs.view import Timeline
        from bnviz.ui import address, view

        address.read("playground", Settings, ("step",)).remember("step", "120")
        charts = [Chart("one", {"data": [{"y": Frames([[0], [1], [2]])}], "layout": {}}, "One.")]
        for running in (True, False):
            here = view.position("playground", charts, Timeline([0, 50, 100]), running=running)
            st.text(f"{here.t} {here.note}")

    at = AppTest.from_function(script).run()
    assert [text.value for text in at.text] == [
        "2",
        "2 Step 120 was not recorded; the nearest one, 100, is shown.",
    ]
