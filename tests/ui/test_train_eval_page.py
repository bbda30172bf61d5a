"""What is special to the page of train and eval, without a browser; the frame has its own tests."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval.presets import PRESETS
from bnviz.settings import to_query

APP = str(Path(__file__).parents[2] / "app.py")
SLUG = "train_eval"


def opened(query, **view):
    at = AppTest.from_file(APP, default_timeout=60)
    at.switch_page(f"pages/{SLUG}.py")
    for name, value in (query | {f"{SLUG}_{name}": value for name, value in view.items()}).items():
        at.query_params[name] = value
    for _ in range(50):  # without a browser nothing asks for the rest of a run
        at.run()
        assert not at.exception
        assert not at.error
        if not any(words(at).count(text) for text in ("So far", "when the training is done")):
            return at
    raise AssertionError("the run did not end")


def words(at):
    return " ".join(element.value for element in [*at.markdown, *at.text, *at.caption])


def test_recorded_numbers_are_called_recorded_with_date_and_version():
    found = recorded(SLUG)["batch_size"]
    said = words(opened({}, predicted="a"))
    assert f"recorded on {found.date} with NumPy {found.versions['numpy']}, 8 seeds" in said
    assert "this run, live" in said
    assert "three strangers" in said


def test_keras_s_value_stands_beside_the_momentum():
    at = opened({f"{SLUG}_momentum": "0.01"}, predicted="skipped", view="running")
    assert any("Keras: 0.99" in slider.label for slider in at.select_slider)
    assert "every 69 steps" in words(at)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_each_bug_opens_at_its_bars(preset):
    at = opened(to_query(preset.settings, SLUG), predicted="skipped", **preset.view)
    assert "repaired:" in words(at)
