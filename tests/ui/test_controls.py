"""The controls on a page without a browser: widgets, links, notes and presets."""

from urllib.parse import parse_qs

import pytest

from tests.ui.demo import DEFAULTS, demo, notes_of, query_of, settings_of

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


def test_defaults():
    at = demo()
    assert settings_of(at) == {}
    assert notes_of(at) == []
    assert query_of(at) == {}


@pytest.mark.parametrize(("kind", "name", "ends", "values"), ENDS)
def test_both_ends_of_each_control(kind, name, ends, values):
    at = demo()
    for end, value in zip(ends, values, strict=True):
        getattr(at, kind)(key=f"demo_{name}").set_value(end).run()
        changed = {} if value == DEFAULTS[name] else {name: value}
        assert settings_of(at) == changed
        assert list(query_of(at)) == [f"demo_{name}" for name in changed]


def test_widget_and_link_say_the_same():
    at = demo()
    at.select_slider(key="demo_momentum").set_value("cumulative average")
    at.toggle(key="demo_residual").set_value(True).run()
    assert query_of(at) == {"demo_momentum": "none", "demo_residual": "true"}
    again = demo(**query_of(at))
    assert settings_of(again) == settings_of(at) == {"momentum": None, "residual": True}
    assert again.select_slider(key="demo_momentum").value == "cumulative average"
    assert again.toggle(key="demo_residual").value is True


def test_a_link_sets_the_widgets():
    at = demo(demo_batch_size="2", demo_dataset="spirals", demo_noise="0.35", demo_depth="20")
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
        (
            {"demo_depth": "20", "demo_width": "256"},
            {"depth": 20},
            '"width" does not go with the other values',
        ),
    ],
)
def test_a_bad_link_opens_with_a_note_and_is_put_right(params, settings, note):
    at = demo(**params)
    assert settings_of(at) == settings
    (line,) = notes_of(at)
    assert note in line
    assert len(line) < 300
    assert list(query_of(at)) == [f"demo_{name}" for name in settings]


def test_a_note_stays_until_a_control_is_moved():
    at = demo(demo_batch_size="9999")
    at.button(key="demo_refresh").click().run()
    assert len(notes_of(at)) == 1
    at.slider(key="demo_depth").set_value(7).run()
    assert notes_of(at) == []


def test_a_note_holds_no_markup():
    at = demo(**{"<b>[x](https://example.org)</b>": "1"})
    (line,) = notes_of(at)
    assert "<b>[x](https://example.o…" in line
    assert not any("example" in markdown.value for markdown in at.markdown)


def test_widgets_that_do_not_go_together_give_a_note():
    at = demo(demo_depth="20")
    at.select_slider(key="demo_width").set_value("256").run()
    assert settings_of(at) == {"depth": 20}
    assert "does not go with the other values" in notes_of(at)[0]
    at.slider(key="demo_depth").set_value(19).run()
    assert settings_of(at) == {"depth": 19, "width": 256}
    assert notes_of(at) == []


def test_the_note_goes_when_the_values_go_together_again():
    at = demo(demo_depth="20")
    at.select_slider(key="demo_width").set_value("256").run()
    assert len(notes_of(at)) == 1
    at.select_slider(key="demo_width").set_value("64").run()
    assert settings_of(at) == {"depth": 20}
    assert notes_of(at) == []


def test_new_seed_counts_up_and_around():
    at = demo(demo_seed="98", demo_depth="3")
    at.button(key="demo_new_seed").click().run()
    assert settings_of(at) == {"seed": 99, "depth": 3}
    at.button(key="demo_new_seed").click().run()
    assert settings_of(at) == {"depth": 3}
    assert query_of(at) == {"demo_depth": "3"}


def test_reset_keeps_the_seed():
    at = demo(demo_seed="7", demo_depth="3", demo_dataset="spirals", demo_step="44")
    at.button(key="demo_reset").click().run()
    assert settings_of(at) == {"seed": 7}
    assert query_of(at) == {"demo_seed": "7", "demo_step": "44"}


def test_the_view_lives_beside_the_settings():
    at = demo(demo_step="44", demo_depth="3")
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
    at = demo(demo_step="4" * 10_000)
    (line,) = [code.value for code in at.code if code.value.startswith("step=")]
    assert len(line) < 80


def preset_links(at):
    """Return the links of the presets: title -> parameters."""
    links = [link.proto for link in at.get("page_link") if "follow" in link.proto.query_string]
    return {link.label: parse_qs(link.query_string) for link in links}


def test_presets_are_links_with_all_that_they_set():
    first, deep = preset_links(demo(demo_depth="3")).values()
    assert first == {"follow": ["1"]}
    assert deep == {
        "demo_depth": ["20"],
        "demo_activation": ["sigmoid"],
        "demo_dataset": ["spirals"],
        "follow": ["1"],
    }


def test_following_a_preset_sets_all_controls_and_forgets_the_view():
    at = demo(demo_batch_size="2", demo_step="44", demo_seed="5")
    for name, values in list(preset_links(at).values())[1].items():
        at.query_params[name] = values
    del at.query_params["demo_batch_size"], at.query_params["demo_step"]
    del at.query_params["demo_seed"]
    at.run()
    assert settings_of(at) == {"depth": 20, "activation": "sigmoid", "dataset": "spirals"}
    assert at.select_slider(key="demo_batch_size").value == "32"
    assert "step=None" in [code.value for code in at.code]
    assert "follow" not in query_of(at)
    assert notes_of(at) == []


def test_help_and_other_conventions_stand_beside_the_controls():
    at = demo()
    assert at.select_slider(key="demo_batch_size").help == "Per step."
    assert "= Keras 0.9" in at.select_slider(key="demo_momentum").label
    at.select_slider(key="demo_momentum").set_value("0.3").run()
    assert "= Keras 0.7" in at.select_slider(key="demo_momentum").label
