"""The values of widgets, where the browser and the script disagree; the session is a dict."""

from types import SimpleNamespace

import pytest

from bnviz.settings import Range
from bnviz.ui import widgets

MARKS = {"depth": Range("Depth", 1, 20), "width": Range("Width", 8, 256, scale="log2")}


@pytest.fixture
def session(monkeypatch):
    """Return the session, which the tests fill as Streamlit does after a message of the browser."""
    session = {}
    monkeypatch.setattr(widgets, "st", SimpleNamespace(session_state=session))
    return session


@pytest.fixture
def demo(session):  # noqa: ARG001
    """Return the widgets of a page that shows a depth of 6 and a width of 64."""
    demo = widgets.Widgets("demo")
    demo.put(MARKS, {"depth": 6, "width": 64})
    return demo


def test_a_widget_holds_what_it_offers(demo):
    assert demo.texts(MARKS) == {"demo_depth": "6", "demo_width": "64"}
    assert demo.drawn == {"demo_depth": 6, "demo_width": "64"}


def test_a_lost_value_comes_back_and_a_moved_one_stays(demo, session):
    del session["demo_depth"]
    session["demo_width"] = "128"
    demo.restore_lost(MARKS, {"depth": 6, "width": 64})
    assert session == {"demo_depth": 6, "demo_width": "128"}


def test_what_a_button_has_set_outlives_a_question_for_more(demo, session):
    demo.put(MARKS, {"depth": 9})
    session["demo_depth"] = 6  # the browser asks before it has drawn the 9
    demo.ignore_message()
    assert session["demo_depth"] == 9


@pytest.mark.parametrize(
    ("brought", "kept"),
    [((6, "64"), (9, "128")), ((7, "64"), (7, "64")), ((6, "128"), (6, "128"))],
    ids=["all old values", "a new value", "one moved back"],
)
def test_only_a_message_with_all_old_values_is_late(demo, session, brought, kept):
    demo.put(MARKS, {"depth": 9, "width": 128})
    session["demo_depth"], session["demo_width"] = brought
    demo.ignore_late_message()
    assert (session["demo_depth"], session["demo_width"]) == kept


def test_after_a_while_no_message_is_late(demo, session, monkeypatch):
    demo.put(MARKS, {"depth": 9})
    monkeypatch.setattr(widgets, "monotonic", lambda: demo.set_at + widgets.LATE_S + 0.1)
    session["demo_depth"] = 6
    demo.ignore_late_message()
    assert session["demo_depth"] == 6
