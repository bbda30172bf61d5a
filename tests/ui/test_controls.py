"""The controls on a page without a browser: widgets, links, notes and presets."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest
import streamlit
from streamlit.runtime.state import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from bnviz.settings import from_query
from bnviz.ui import address, registry, widgets
from tests.ui import pages

APP = Path(__file__).parents[1] / "e2e" / "controls_app" / "app.py"
DEFAULTS = {
    "batch_size": 32, "momentum": 0.1, "eps": 1e-5, "lr": 0.1, "depth": 6, "activation": "relu",
    "width": 64, "noise": 0.1, "dataset": "digits", "residual": False, "seed": 0,
}  # fmt: skip
# widget kind, name, the widget's two ends, what they mean
ENDS = [
    ("select_slider", "batch_size", ("2", "256"), (2, 256)),
    ("select_slider", "momentum", ("0.001", "cumulative average"), (0.001, None)),
    ("select_slider", "eps", ("1e-8", "0.1"), (1e-8, 0.1)),
    ("select_slider", "lr", ("0.001", "10"), (0.001, 10.0)),
    ("slider", "depth", (1, 20), (1, 20)),
    ("segmented_control", "activation", ("relu", "sigmoid"), ("relu", "sigmoid")),
    ("select_slider", "width", ("8", "256"), (8, 256)),
    ("slider", "noise", (0.0, 1.0), (0.0, 1.0)),
    ("selectbox", "dataset", ("digits", "spirals"), ("digits", "spirals")),
    ("toggle", "residual", (False, True), (False, True)),
    ("slider", "seed", (0, 99), (0, 99)),
]


@pytest.fixture(autouse=True)
def _own_labs(monkeypatch):
    """Give the registry back its labs; the page under test puts its own there."""
    monkeypatch.setattr(registry, "LABS", registry.LABS)


def opened(**params):
    """Open the page with these parameters of the lab."""
    at = AppTest.from_file(str(APP), default_timeout=20)
    for name, value in params.items():
        at.query_params[name] = value
    return at.run()


def settings_of(at):
    """Read the settings that the page works with, and see that nothing went wrong."""
    assert not [*at.exception, *at.error]
    (shown,) = [code.value for code in at.code if code.value.startswith("Settings(")]
    values = eval(shown, {"Settings": dict})
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}


def notes_of(at):
    """Read the line on what was set aside."""
    return [text.value for text in at.text]


def query_of(at):
    """Read the parameters in the address bar."""
    return dict(at.query_params)


def test_defaults():
    at = opened()
    assert (settings_of(at), notes_of(at), query_of(at)) == ({}, [], {})


@pytest.mark.parametrize(("kind", "name", "ends", "values"), ENDS)
def test_both_ends_of_each_control(kind, name, ends, values):
    at = opened()
    for end, value in zip(ends, values, strict=True):
        getattr(at, kind)(key=f"demo_{name}").set_value(end).run()
        changed = {} if value == DEFAULTS[name] else {name: value}
        assert settings_of(at) == changed
        assert list(query_of(at)) == [f"demo_{name}" for name in changed]


def test_widget_and_link_say_the_same():
    at = opened()
    at.select_slider(key="demo_momentum").set_value("cumulative average")
    at.toggle(key="demo_residual").set_value(True).run()
    assert query_of(at) == {"demo_momentum": "none", "demo_residual": "true"}
    again = opened(**query_of(at))
    assert settings_of(again) == settings_of(at) == {"momentum": None, "residual": True}
    assert again.select_slider(key="demo_momentum").value == "cumulative average"
    assert again.toggle(key="demo_residual").value is True


def test_a_link_sets_the_widgets():
    at = opened(demo_batch_size="2", demo_dataset="spirals", demo_noise="0.35", demo_depth="20")
    assert settings_of(at) == {"batch_size": 2, "dataset": "spirals", "noise": 0.35, "depth": 20}
    assert at.select_slider(key="demo_batch_size").value == "2"
    assert at.selectbox(key="demo_dataset").value == "spirals"
    assert at.slider(key="demo_depth").value == 20
    assert notes_of(at) == []
    at.slider(key="demo_depth").set_value(3).run()
    assert settings_of(at) == {"batch_size": 2, "dataset": "spirals", "noise": 0.35, "depth": 3}


@pytest.mark.parametrize(
    ("params", "settings", "note"),
    [
        ({"demo_batch_size": "9999"}, {"batch_size": 256}, "is out of range 2–256; 256 is used"),
        ({"demo_lr": "0.037"}, {"lr": 0.05}, "is between two steps; 0.05 is used"),
        ({"demo_depth": "deep"}, {}, '"depth deep" is not a number; 6 is used'),
        ({"demo_eps": "nan"}, {}, "is not a number; 1e-5 is used"),
        ({"demo_eps": "9" * 10_000}, {}, "is too long to read"),
        ({"demo_activation": "gelu"}, {}, "is not one of relu, tanh, sigmoid; ReLU is used"),
        ({"demo_residual": "maybe"}, {}, "is neither true nor false; off is used"),
        ({"junk": "1"}, {}, '"junk" is not a setting of this page'),
        ({"demo_depth": ["2", "3"]}, {"depth": 3}, "is given 2 times"),
        ({"demo_depth": "20", "demo_width": "256"}, {"depth": 20}, '"width" does not go with'),
    ],
)
def test_a_bad_link_opens_with_a_note_and_is_put_right(params, settings, note):
    at = opened(**params)
    assert settings_of(at) == settings
    (line,) = notes_of(at)
    assert note in line
    assert len(line) < 300
    assert list(query_of(at)) == [f"demo_{name}" for name in settings]


def test_a_note_stays_until_a_control_is_moved():
    at = opened(demo_batch_size="9999")
    at.button(key="demo_refresh").click().run()
    assert len(notes_of(at)) == 1
    at.slider(key="demo_depth").set_value(7).run()
    assert notes_of(at) == []


def test_a_note_holds_no_markup():
    at = opened(**{"<b>[x](https://example.org)</b>": "1"})
    (line,) = notes_of(at)
    assert "<b>[x](https://example.o…" in line
    assert not any("example" in markdown.value for markdown in at.markdown)


@pytest.mark.parametrize(
    ("kind", "name", "value", "settings"),
    [
        ("slider", "depth", 19, {"depth": 19, "width": 256}),
        ("select_slider", "width", "64", {"depth": 20}),
    ],
)
def test_widgets_that_do_not_go_together_give_a_note_until_they_do(kind, name, value, settings):
    at = opened(demo_depth="20")
    at.select_slider(key="demo_width").set_value("256").run()
    assert settings_of(at) == {"depth": 20}
    assert "does not go with the other values" in notes_of(at)[0]
    getattr(at, kind)(key=f"demo_{name}").set_value(value).run()
    assert settings_of(at) == settings
    assert notes_of(at) == []


def test_new_seed_counts_up_and_around():
    at = opened(demo_seed="98", demo_depth="3")
    at.button(key="demo_new_seed").click().run()
    assert settings_of(at) == {"seed": 99, "depth": 3}
    at.button(key="demo_new_seed").click().run()
    assert settings_of(at) == {"depth": 3}
    assert query_of(at) == {"demo_depth": "3"}


def test_reset_keeps_the_seed():
    at = opened(demo_seed="7", demo_depth="3", demo_dataset="spirals", demo_step="44")
    at.button(key="demo_reset").click().run()
    assert settings_of(at) == {"seed": 7}
    assert query_of(at) == {"demo_seed": "7", "demo_step": "44"}


def test_the_view_lives_beside_the_settings():
    at = opened(demo_step="44", demo_depth="3")
    assert notes_of(at) == []
    assert "step=44" in [code.value for code in at.code]
    at.slider(key="demo_depth").set_value(4).run()
    assert query_of(at) == {"demo_depth": "4", "demo_step": "44"}
    at.button(key="demo_scrub").click().run()
    assert "step=120" in [code.value for code in at.code]
    assert query_of(at) == {"demo_depth": "4", "demo_step": "120"}
    at.button(key="demo_forget").click().run()
    assert "step=None" in [code.value for code in at.code]
    assert query_of(at) == {"demo_depth": "4"}


def test_a_huge_view_is_cut():
    at = opened(demo_step="4" * 10_000)
    (line,) = [code.value for code in at.code if code.value.startswith("step=")]
    assert len(line) < 80


def preset_links(at):
    """Read the links of the presets: title -> parameters."""
    links = [link.proto for link in at.get("page_link") if "follow" in link.proto.query_string]
    return {link.label: parse_qs(link.query_string) for link in links}


def test_presets_are_links_with_all_that_they_set():
    first, deep = preset_links(opened(demo_depth="3")).values()
    assert first == {"follow": ["1"]}
    values = {name: value for name, (value,) in deep.items()}
    assert values.pop("follow") == "1"
    assert values == {"demo_depth": "20", "demo_activation": "sigmoid", "demo_dataset": "spirals"}


def test_following_a_preset_sets_all_controls_and_forgets_the_view():
    at = opened(demo_batch_size="2", demo_step="44", demo_seed="5")
    at.query_params.clear()
    for name, values in list(preset_links(at).values())[1].items():
        at.query_params[name] = values
    at.run()
    assert settings_of(at) == {"depth": 20, "activation": "sigmoid", "dataset": "spirals"}
    assert at.select_slider(key="demo_batch_size").value == "32"
    assert "step=None" in [code.value for code in at.code]
    assert "follow" not in query_of(at)
    assert notes_of(at) == []


def test_one_click_writes_the_address_once(monkeypatch):
    written = []
    write = QueryParamsProxy.from_dict
    at = pages.opened("quiz", seed="3", answers="tttttt")
    monkeypatch.setattr(
        QueryParamsProxy, "from_dict", lambda *args: written.append(args[1]) or write(*args)
    )
    at.button(key="quiz_again").click().run()
    assert written == [{"quiz_seed": "4"}]


def test_a_link_is_read_once_and_the_widgets_only_when_one_has_moved(monkeypatch):
    read = []
    monkeypatch.setattr(address, "from_query", lambda *args: read.append(args) or from_query(*args))
    at = pages.opened("axes", channels="3")
    assert len(read) == 1
    at.run()
    assert len(read) == 1
    at.slider(key="axes_channels").set_value(4).run()
    assert len(read) == 2
    assert query_of(at) == {}


def test_a_run_that_is_cut_off_loses_no_link(monkeypatch):
    at = opened(demo_depth="3")
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
    at = opened()
    at.slider(key="demo_depth").set_value(9).run()
    at.query_params.clear()  # what the browser had when it sent the message
    at.button(key="demo_refresh").click().run()
    assert settings_of(at) == {"depth": 9}
    assert query_of(at) == {"demo_depth": "9"}


def test_a_question_for_more_brings_no_news_of_a_widget():
    at = opened(demo_depth="9")
    at.slider(key="demo_depth").set_value(6)  # what the browser had when it asked
    at.button(key="demo_ask").click().run()
    assert settings_of(at) == {"depth": 9}
    assert at.slider(key="demo_depth").value == 9


@pytest.mark.parametrize("late_s", [60, 0])
def test_a_message_right_after_the_widgets_were_set_may_be_old(monkeypatch, late_s):
    monkeypatch.setattr(widgets, "LATE_S", late_s)
    at = opened(demo_seed="7", demo_depth="9")
    at.button(key="demo_reset").click().run()
    at.slider(key="demo_depth").set_value(9)  # what the browser had when the message left
    at.button(key="demo_refresh").click().run()
    assert settings_of(at) == ({"seed": 7} if late_s else {"seed": 7, "depth": 9})


def test_a_move_right_after_the_widgets_were_set_counts():
    at = opened(demo_depth="9", demo_batch_size="8")
    at.button(key="demo_reset").click().run()
    at.slider(key="demo_depth").set_value(9).run()  # but not the batch size: a real move
    assert settings_of(at) == {"depth": 9}


def test_help_and_other_conventions_stand_beside_the_controls():
    at = opened()
    assert at.select_slider(key="demo_batch_size").help == "Per step."
    assert "= Keras 0.9" in at.select_slider(key="demo_momentum").label
    at.select_slider(key="demo_momentum").set_value("0.3").run()
    assert "= Keras 0.7" in at.select_slider(key="demo_momentum").label
