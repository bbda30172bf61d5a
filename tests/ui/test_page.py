"""The frame of the pages and the pieces they are written with."""

import csv
import io
import logging
import re
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.ui import page, registry
from tests.ui.demo import demo
from tests.ui.pages import ROOT


@pytest.fixture
def app():
    """Return a page in its frame, run once."""
    return demo()


def piece(function, *args, **kwargs):
    """Run a function of `page` alone on a page."""
    at = AppTest.from_function(function, args=args, kwargs=kwargs, default_timeout=20).run()
    assert not at.exception
    return at


# The registry


def test_each_page_has_its_own_slug_and_its_script():
    slugs = [one.slug for one in registry.pages()]
    assert len(set(slugs)) == len(slugs)
    for one in registry.pages():
        assert (ROOT / one.script).is_file()
        assert one.slug.isidentifier()
        assert one.question.endswith("?")
        assert registry.page_of(one.slug) is one
    assert {path.stem for path in (ROOT / "pages").glob("*.py")} == set(slugs[1:])


def test_an_unknown_slug_is_named():
    with pytest.raises(ValueError, match="got 'nowhere'"):
        registry.page_of("nowhere")


def test_the_path_is_six_stops_and_no_page_is_a_dead_end():
    stops = [stop.slug for stop in registry.path()]
    assert stops == ["anatomy", "signal", "rates", "noise", "train_eval", "backward"]
    assert all(stop.short for stop in registry.path())
    slugs, seen = [one.slug for one in registry.pages()], ["anatomy"]
    while len(seen) < len(slugs):
        seen.append(registry.following(seen[-1]).slug)
    assert seen[:6] == stops
    assert set(seen) == set(slugs)


# The frame


def test_the_bar_names_the_page_and_its_question(app):
    words = [markdown.value for markdown in app.markdown]
    assert words[:2] == ["**bnviz**", "**Demo** :gray[Do they agree?]"]


def test_the_menu_lists_all_labs_by_group(app):
    links = [link.proto for link in app.get("page_link")][:2]
    assert [link.label for link in links] == ["**Demo** Do they agree?", "**Other** And here?"]
    assert [caption.value for caption in app.caption[:2]] == ["A", "B"]


def test_a_lab_opens_from_the_menu_as_it_was_left(app):
    app.slider(key="demo_depth").set_value(9).run()
    app.switch_page("pages/other.py").run()
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["**Demo** Do they agree?"] == "demo_depth=9"
    assert links["As it was left"] == "demo_depth=9"
    assert links["As at the first visit"] == ""


def test_a_page_that_is_opened_again_shows_what_its_link_says(app):
    app.slider(key="demo_depth").set_value(9).run()
    app.switch_page("pages/other.py").run()
    app.switch_page("app.py")
    app.query_params["demo_depth"] = "4"
    app.run()
    assert app.slider(key="demo_depth").value == 4


def test_an_error_reaches_the_log_and_not_the_reader(caplog):
    with caplog.at_level(logging.ERROR, logger=page.__name__):
        app = demo(demo_residual="true", demo_seed="13")
    (record,) = [record for record in caplog.records if record.name == page.__name__]
    assert record.exc_info[1].args == ("a page that fails",)
    assert not app.exception
    (alarm,) = app.error
    assert "fails" not in alarm.value
    assert "Traceback" not in alarm.value
    (way_out,) = [
        link.proto for link in app.get("page_link") if "first settings" in link.proto.label
    ]
    assert way_out.query_string == "follow=1"


@pytest.mark.parametrize("sheet", ["page.css", "comparison.css"])
def test_a_style_sheet_has_the_colours_of_both_themes(sheet):
    """A colour of a style sheet is one of the light theme, beside the same one of the dark."""
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    twins = set()
    for light, dark in ((theme["light"][key], theme["dark"][key]) for key in theme["light"]):
        twins |= {(light, dark)} if isinstance(light, str) else set(zip(light, dark, strict=True))
    css = Path(page.__file__).with_name(sheet).read_text("utf-8")
    used = re.findall(r"light-dark\((#\w+), (#\w+)\)", css)
    assert used
    assert set(used) <= twins
    assert len(re.findall(r"#[0-9A-Fa-f]{6}\b", css)) == 2 * len(used)


# The pieces


def test_numbers_are_a_table_and_a_file():
    def script():
        import numpy as np

        from bnviz.ui import page

        columns = {"Step": np.arange(2), "Loss (nats)": np.array([0.1, np.nan]), "Who": ["a", "b"]}
        page.numbers(columns, name="losses")

    at = piece(script)
    (table,) = at.dataframe
    assert list(table.value.columns) == ["Step", "Loss (nats)", "Who"]
    assert table.value["Loss (nats)"][0] == 0.1
    (button,) = at.get("download_button")
    assert button.proto.label == "Download as CSV"


def test_a_file_holds_the_numbers_exactly(monkeypatch):
    files = []
    monkeypatch.setattr(page.st, "dataframe", lambda *_, **__: None)
    monkeypatch.setattr(page.st, "download_button", lambda *args, **_: files.append(args))
    page.numbers({"x, y": [1 / 3, 1e-300], "name": ["a", 'b"']}, name="two")
    ((_, text, name, mime),) = files
    assert (name, mime) == ("two.csv", "text/csv")
    heads, *rows = csv.reader(io.StringIO(text))
    assert heads == ["x, y", "name"]
    assert [(float(x), word) for x, word in rows] == [(1 / 3, "a"), (1e-300, 'b"')]


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        page.numbers({"a": [1, 2], "b": [1]}, name="uneven")


def test_no_note_no_line():
    def script(sentences):
        from bnviz.ui import page

        page.notes(sentences)

    assert not piece(script, []).text
    (line,) = piece(script, ["*one*", "two"]).text
    assert line.value == "From the link: *one*. two."


@pytest.mark.parametrize("kind", ["proved", "measured here", "reported", "contested"])
def test_evidence_names_its_kind(kind):
    assert f"-badge[{kind}]" in page.evidence(kind)
    assert page.evidence(kind, "Paper, §2").endswith("[Paper, §2]]")
