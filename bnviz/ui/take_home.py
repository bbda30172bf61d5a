"""Offer a run of the playground as code and numbers that need no bnviz."""

from collections.abc import Callable
from urllib.parse import urlencode

import streamlit as st

from bnviz import __version__
from bnviz.export import playground
from bnviz.export.notebook import notebook
from bnviz.export.run import as_json
from bnviz.labs.playground import Settings, Trace
from bnviz.labs.playground.findings import table
from bnviz.ui import address

WORDS = """
Both networks in PyTorch, in code that needs no bnviz: the same data, start and batches. It checks
its first losses against those of the app.
"""


def offer(slug: str, settings: Settings, trace: Trace) -> None:
    """Draw the downloads of the run; each file is made when it is asked for."""
    fold = st.expander("Take it home", key=f"take_{slug}", on_change="rerun")
    if not fold.open:
        return
    url = st.context.url
    link = f"{url or ''}?{urlencode(address.state(slug).query)}"
    made = f"Made by bnviz {__version__}: {link}"

    def script() -> str:
        return playground.script(settings, made)

    with fold:
        st.markdown(WORDS)
        files: tuple[tuple[str, str, str, Callable[[], str]], ...] = (
            ("PyTorch script", "py", "text/x-python", script),
            ("Notebook", "ipynb", "application/x-ipynb+json", lambda: notebook(script())),
            ("Numbers as JSON", "json", "application/json",
             lambda: as_json(settings, link, table(trace), __version__)),
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            for label, ending, mime, make in files:
                name = f"bnviz_{slug}.{ending}"
                st.download_button(label, make, name, mime, key=f"take_{ending}", on_click="ignore")
