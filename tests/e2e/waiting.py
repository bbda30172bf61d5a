"""What browser tests share. Nothing sleeps: a page says in its stage where it stands."""

from playwright.sync_api import expect

ELSEWHERE = ("app.py", "--server.baseUrlPath=elsewhere")
"""For ``serve(*ELSEWHERE)``: a second server of the app, which has not seen the first's readers."""


def finished(page, run=None):
    """Wait until a run is over and all of the page shows it.

    The charts are there before what stands below them, so the end of the script is waited for too.

    Parameters
    ----------
    page : a page with a stage
    run : str, optional
        The ``data-run`` of the stage before: another run than this one is waited for.
    """
    page.wait_for_function(
        """(before) => {
          const { run, running, ready } = document.querySelector('.bnstage')?.dataset ?? {};
          const { testScriptState: script } =
            document.querySelector('[data-testid=stApp]')?.dataset ?? {};
          return ready === 'true' && running === 'false' && run !== before
            && script === 'notRunning';
        }""",
        arg=run,
    )


LAST = 400
"""The last step of ``stage_app.py``."""


def heard(page, words):
    """Wait until ``stage_app.py`` has heard this."""
    page.get_by_text(f"heard {words}", exact=True).wait_for()


def check_widths(page):
    """Check that nothing of a page is wider than a phone; leave it as wide as a desk."""
    expect(page.locator(".st-key-path a").last).to_be_attached()
    for width in (390, 360):
        page.set_viewport_size({"width": width, "height": 740})
        if page.locator(".bnstage").count():
            finished(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("(part) => part.scrollWidth - part.clientWidth") <= 0
    page.set_viewport_size({"width": 1280, "height": 800})
