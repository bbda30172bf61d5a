"""What a reader of the axes explorer can set, what goes together, and the nearest that does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.labs.axes import METHODS, Request, Settings, findings, fit, run
from bnviz.labs.axes.settings import IMAGES, SEQUENCES
from bnviz.settings import fields as marks
from bnviz.settings import from_query, to_query

requests = st.builds(
    Request,
    method=st.sampled_from(list(METHODS)),
    layout=st.sampled_from([IMAGES, SEQUENCES]),
    **{name: st.integers(1, 6) for name in ("samples", "channels", "height", "width", "groups")},
    **{name: st.integers(0, 5) for name in ("at_sample", "at_channel", "at_row", "at_column")},
)


@given(requests)
def test_every_request_becomes_settings_that_run(asked):
    settings, notes = fit(asked)
    trace = run(settings)
    assert np.isfinite(trace.chosen.y).all()
    assert (len(notes) == 0) == (vars(asked) == vars(settings))
    assert len({len(column) for column in findings.table(trace).values()}) == 1
    assert findings.title(trace).count("statistic") == 1


def test_a_link_carries_a_request_through():
    asked = Request(method="gn", channels=6, groups=4)
    assert from_query(Request, to_query(asked, "axes"), "axes") == (asked, [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"groups": 3}, "groups must divide the 4 channels, got 3"),
        ({"at_sample": 3}, "at_sample must be below N = 3, got 3"),
        ({"at_row": 2}, "at_row must be below H = 2, got 2"),
        ({"channels": 7}, "channels must be .*between 1 and 6, got 7"),
        ({"eps": 0.0}, "eps must be between 1e-8 and 1, got 0.0"),
        ({"method": "sn"}, "method must be one of 'bn'.*got 'sn'"),
        (
            {"samples": 1, "height": 1, "width": 1},
            "BN needs more than 1 value per statistic, got N = 1",
        ),
        ({"method": "in", "height": 1, "width": 1}, "IN needs more than 1 value per statistic"),
        (
            {"method": "gn", "groups": 4, "height": 1, "width": 1},
            "GN needs more than 1 value per statistic, got G = 4 for C = 4",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        Settings(**change)


@pytest.mark.parametrize(
    ("change", "nearest"),
    [
        ({"channels": 6, "groups": 4}, {"groups": 3}),
        ({"channels": 5, "groups": 2}, {"groups": 1}),
        ({"channels": 5, "groups": 4}, {"groups": 5}),
        ({"samples": 2, "at_sample": 5}, {"at_sample": 1}),
        ({"samples": 1, "height": 1, "width": 1, "at_sample": 0}, {"samples": 2}),
        ({"method": "in", "height": 1, "width": 1, "at_column": 0}, {"width": 2}),
        ({"method": "gn", "groups": 4, "height": 1, "width": 1, "at_column": 0}, {"groups": 2}),
    ],
)
def test_the_nearest_settings_are_used_and_named(change, nearest):
    settings, notes = fit(Request(**change))
    for name, value in nearest.items():
        assert getattr(settings, name) == value
        assert any(f"{marks(Request)[name].label} = {value} is used" in note for note in notes)


def test_coordinates_that_a_layout_has_not_are_not_checked():
    assert Settings(layout=SEQUENCES, height=1, at_row=5).cell == (1, 1, 2)
