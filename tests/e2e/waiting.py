"""What browser tests share. Nothing sleeps: a page says in its stage where it stands."""

ELSEWHERE = ("app.py", "--server.baseUrlPath=elsewhere")
"""For ``serve(*ELSEWHERE)``: a second server of the app, which has not seen the first's readers."""


def finished(page, run=None):
    """Wait until a run is over and all charts show it; another run than ``run`` if that is given.

    Parameters
    ----------
    page : a page with a stage
    run : str, optional
        The ``data-run`` of the stage before.
    """
    page.wait_for_function(
        """(before) => {
          const { run, running, ready } = document.querySelector('.bnstage')?.dataset ?? {};
          return ready === 'true' && running === 'false' && run !== before;
        }""",
        arg=run,
    )


LAST = 400
"""The last step of ``stage_app.py``."""


def heard(page, words):
    """Wait until ``stage_app.py`` has heard this."""
    page.get_by_text(f"heard {words}", exact=True).wait_for()
