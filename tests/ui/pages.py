"""What the tests of pages share: open a page by its link, see that it is well, read its words."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).parents[2] / "app.py")


def opened(slug, **params):
    """Open a page with these parameters of its link."""
    at = AppTest.from_file(APP, default_timeout=60)
    at.switch_page(f"pages/{slug}.py")
    for name, value in params.items():
        at.query_params[f"{slug}_{name}"] = value
    return well(at.run())


def well(at):
    """See that nothing went wrong."""
    assert not at.exception
    assert not at.error
    assert not at.warning
    return at


def words(at):
    """Read what stands on a page."""
    elements = [*at.markdown, *at.text, *at.caption, *at.info]
    return "\n".join(element.value for element in elements)
