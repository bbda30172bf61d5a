"""What the tests of pages share: open a page by its link, check that it is well, read its words."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from bnviz.settings import to_query
from bnviz.ui.registry import page_of

ROOT = Path(__file__).parents[2]


def unopened(slug, query=None, **params):
    """Return a page that has not run: its link holds the query, and parameters of this slug."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    if slug != "playground":
        at.switch_page(page_of(slug).script)
    for name, value in {**(query or {}), **{f"{slug}_{k}": v for k, v in params.items()}}.items():
        at.query_params[name] = value
    return at


def opened(slug, query=None, **params):
    """Return a page that has run once, and well."""
    return well(unopened(slug, query, **params).run())


def preset_opened(slug, preset, **params):
    """Return the page that a preset leads to."""
    return opened(slug, to_query(preset.settings, slug), **{**params, **preset.extras})


def well(at):
    """Check that nothing went wrong; return the page."""
    assert not at.exception
    assert not at.error
    assert not at.warning
    return at


def finished(at, slug):
    """Run a page until its run is over, as a browser does; return it."""
    while not at.session_state[f"bnviz.{slug}.run"].wait_over(1):
        well(at.run())
    return well(at.run())


def words(at):
    """Return what stands on a page."""
    elements = [*at.markdown, *at.text, *at.caption, *at.info]
    return "\n".join(element.value for element in elements)


def shown(at):
    """Return whether the stage is there."""
    return any(one.proto.component_name == "bnviz_stage" for one in at.get("bidi_component"))
