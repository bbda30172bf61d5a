"""The playground's page, without a browser: every control, presets, broken links."""

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.labs.playground import PRESETS, Settings, run
from bnviz.settings import fields
from tests.lessons import ends_of
from tests.ui.pages import finished, opened, preset_opened, shown, unopened, well, words

SLUG = "playground"
QUICK = {"playground_n_steps": "100", "playground_depth": "2", "playground_width": "8"}


def quick(**params):
    """Return the page with a short run."""
    return opened(SLUG, QUICK, **params)


def test_the_page_is_alive_without_a_click():
    at = quick()
    assert "steps" in words(at) or "Both networks stand at the start" in words(at)
    assert shown(at)


@pytest.mark.parametrize(("name", "value"), list(ends_of(Settings)))
def test_both_ends_of_every_control(name, value):
    assert "From the link" not in words(quick(**{name: fields(Settings)[name].text(value)}))


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_presets_open(preset):
    assert "From the link" not in words(preset_opened(SLUG, preset))


@pytest.mark.parametrize(
    ("params", "note"),
    [
        ({"batch_size": "1e999"}, "256 is used"),
        ({"batch_size": "9999"}, '"batch size 9999" is out of range 2–256; 256 is used'),
        ({"depth": "-5"}, "1 is used"),
        ({"lr": "<script>"}, "is not a number"),
        ({"eps": "9" * 5000}, "is too long to read"),
        ({"step": "99999999999999999999"}, '"step 99999999999999999999" is no step'),
        ({"step": "-1"}, '"step -1" is no step; it is set aside'),
        ({"layer": "17"}, '"layer 17" is not one of worst, 1, 2; it is set aside'),
        ({"site": "nowhere", "flow": "ratio"}, "not one of linear, normalized, activated; it is"),
        ({"colour": "red"}, '"playground_colour" is not a setting of this page'),
    ],
    ids=str,
)
def test_what_a_broken_link_says_is_set_aside_and_named_until_a_control_moves(params, note):
    at = quick(**params)
    for _ in range(2):  # the page runs again while its run goes on
        (told,) = (text.value for text in at.text if text.value.startswith("From the link"))
        assert note in told
        assert "flow" not in told
        at = finished(at, SLUG)
    well(at.select_slider(key="playground_momentum").set_value("0.3").run())
    assert "From the link" not in words(at)


def test_a_layer_that_the_reader_has_taken_away_was_no_mistake_of_the_link():
    at = finished(quick(layer="2"), SLUG)
    well(at.slider(key="playground_depth").set_value(1).run())
    assert "set aside" not in words(at)


def test_the_page_states_the_hash_of_the_shared_start():
    settings = Settings(n_steps=100, depth=2, width=8)
    assert run(settings).start_hash in words(quick())


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
    said = words(finished(quick(step=step), SLUG))
    assert when in said
    assert note in said
    assert ("was not recorded" in said) == bool(note)


def test_a_step_that_may_still_come_is_not_said_to_be_missing():
    def script():
        import streamlit as st

        from bnviz.figures.chart import Chart
        from bnviz.figures.frames import Frames
        from bnviz.labs.playground import Settings
        from bnviz.labs.view import Timeline
        from bnviz.ui import address, linked_stage

        address.read("playground", Settings, ("step",)).remember("step", "120")
        charts = [Chart("one", {"data": [{"y": Frames([[0], [1], [2]])}], "layout": {}}, "One.")]
        for running in (True, False):
            here = linked_stage.position(
                "playground", charts, Timeline([0, 50, 100]), running=running
            )
            st.text(f"{here.t} {here.note}")

    at = AppTest.from_function(script).run()
    assert [text.value for text in at.text] == [
        "2",
        "2 Step 120 was not recorded; the nearest one, 100, is shown.",
    ]


def test_a_run_can_be_taken_home():
    at = unopened(SLUG, QUICK)
    at.session_state[f"take_{SLUG}"] = True
    at = well(at.run())
    assert len(at.get("download_button")) == 3
