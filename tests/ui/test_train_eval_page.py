"""What is special to the page of train and eval, without a browser; the frame has its own tests."""

import pytest

from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval.presets import PRESETS
from bnviz.settings import to_query
from tests.ui.pages import opened, well, words

SLUG = "train_eval"


def ended(query, **view):
    """Open the page and run it to its end: without a browser nothing asks for the rest."""
    at = opened(SLUG, **view, **{name.removeprefix(f"{SLUG}_"): v for name, v in query.items()})
    for _ in range(50):
        if not any(text in words(at) for text in ("So far", "when the training is done")):
            return at
        well(at.run())
    raise AssertionError("the run did not end")


def test_recorded_numbers_are_called_recorded_with_date_and_version():
    found = recorded(SLUG)["batch_size"]
    said = words(ended({}, predicted="a"))
    assert f"recorded on {found.date} with NumPy {found.versions['numpy']}, 8 seeds" in said
    assert "this run, live" in said
    assert "three strangers" in said


def test_keras_s_value_stands_beside_the_momentum():
    at = ended({f"{SLUG}_momentum": "0.01"}, predicted="skipped", view="running")
    assert any("Keras: 0.99" in slider.label for slider in at.select_slider)
    assert "every 69 steps" in words(at)


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_each_bug_opens_at_its_bars(preset):
    at = ended(to_query(preset.settings, SLUG), predicted="skipped", **preset.view)
    assert "repaired:" in words(at)
