"""Who leads, the address bar or the widgets, where messages of the browser come late."""

import pytest
import streamlit
from streamlit.runtime.state import QueryParamsProxy

from bnviz.settings import from_query
from bnviz.ui import address, widgets
from tests.ui.demo import demo, query_of, settings_of
from tests.ui.pages import opened


def test_one_click_writes_the_address_once(monkeypatch):
    written = []
    write = QueryParamsProxy.from_dict
    at = opened("quiz", seed="3", answers="tttttt")
    monkeypatch.setattr(
        QueryParamsProxy, "from_dict", lambda *args: written.append(args[1]) or write(*args)
    )
    at.button(key="quiz_again").click().run()
    assert written == [{"quiz_seed": "4"}]


def test_a_link_is_read_once_and_the_widgets_only_when_one_has_moved(monkeypatch):
    read = []
    monkeypatch.setattr(address, "from_query", lambda *args: read.append(args) or from_query(*args))
    at = opened("axes", channels="3")
    assert len(read) == 1
    at.run()
    assert len(read) == 1
    at.slider(key="axes_channels").set_value(4).run()
    assert len(read) == 2
    assert query_of(at) == {}


def test_a_run_that_is_cut_off_loses_no_link(monkeypatch):
    at = demo(demo_depth="3")
    with monkeypatch.context() as patch:
        patch.setattr(widgets.Widgets, "texts", lambda *_: streamlit.stop())
        at.query_params.clear()
        at.query_params["demo_batch_size"], at.query_params["follow"] = "8", "1"
        assert not at.run().code
    at.query_params.clear()
    at.query_params["demo_depth"] = "3"  # what the browser shows while the link is not written
    at.run()
    assert settings_of(at) == {"batch_size": 8}
    assert query_of(at) == {"demo_batch_size": "8"}


def test_a_late_message_with_an_old_address_does_not_undo_a_move():
    at = demo()
    at.slider(key="demo_depth").set_value(9).run()
    at.query_params.clear()  # what the browser had when it sent the message
    at.button(key="demo_refresh").click().run()
    assert settings_of(at) == {"depth": 9}
    assert query_of(at) == {"demo_depth": "9"}


def test_a_question_for_more_brings_no_news_of_a_widget():
    at = demo(demo_depth="9")
    at.slider(key="demo_depth").set_value(6)  # what the browser had when it asked
    at.button(key="demo_ask").click().run()
    assert settings_of(at) == {"depth": 9}
    assert at.slider(key="demo_depth").value == 9


@pytest.mark.parametrize("late_s", [60, 0])
def test_a_message_right_after_the_widgets_were_set_may_be_old(monkeypatch, late_s):
    monkeypatch.setattr(widgets, "LATE_S", late_s)
    at = demo(demo_seed="7", demo_depth="9")
    at.button(key="demo_reset").click().run()
    at.slider(key="demo_depth").set_value(9)  # what the browser had when the message left
    at.button(key="demo_refresh").click().run()
    assert settings_of(at) == ({"seed": 7} if late_s else {"seed": 7, "depth": 9})


def test_a_move_right_after_the_widgets_were_set_counts():
    at = demo(demo_depth="9", demo_batch_size="8")
    at.button(key="demo_reset").click().run()
    at.slider(key="demo_depth").set_value(9).run()  # but not the batch size: a real move
    assert settings_of(at) == {"depth": 9}
