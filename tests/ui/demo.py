"""The app of the browser tests of the controls, here without a browser."""

from dataclasses import asdict

from streamlit.testing.v1 import AppTest

from tests.e2e.controls_app.app import Settings
from tests.ui.pages import ROOT

APP = ROOT / "tests" / "e2e" / "controls_app" / "app.py"
DEFAULTS = asdict(Settings())


def demo(**params):
    """Return the page, run once, with these parameters in its link."""
    at = AppTest.from_file(str(APP), default_timeout=20)
    for name, value in params.items():
        at.query_params[name] = value
    return at.run()


def settings_of(at):
    """Check that nothing went wrong; return the settings that are not at their first value."""
    assert not at.exception
    assert not at.error
    (shown,) = [code.value for code in at.code if code.value.startswith("Settings(")]
    values = eval(shown, {"Settings": dict})
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}


def notes_of(at):
    """Return the line on what was set aside."""
    return [text.value for text in at.text]


def query_of(at):
    """Return the parameters in the address bar."""
    return dict(at.query_params)
