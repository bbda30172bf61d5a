"""Plotly.js for the stage: taken from the installed plotly package, served by Streamlit.

Nothing is vendored and nothing comes from another server: the file that the package brings along is
copied once into ``static/`` beside app.py, which Streamlit serves as ``app/static/``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

PLOTLY_FILE = "plotly.min.js"
_PROJECT = Path(__file__).parents[3]
_REQUEST = (Path(__file__).parent / "library.js").read_text("utf-8")


@cache
def serve_plotly(app_folder: Path) -> str:
    """Copy Plotly.js from the installed plotly package to where Streamlit serves files.

    It goes to ``static/`` in the folder of app.py, which git ignores. Returned is its name with a
    mark of its size, so that a browser asks again after an upgrade. The copy is made beside its
    place and then renamed, so that neither a second server process nor a browser ever meets half a
    file. A file of the right size is left alone.
    """
    import plotly

    source = Path(plotly.__file__).parent / "package_data" / PLOTLY_FILE
    target = app_folder / "static" / PLOTLY_FILE
    size = source.stat().st_size
    if not target.exists() or target.stat().st_size != size:
        target.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".plotly-")
        os.close(handle)
        shutil.copyfile(source, name)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    return f"{PLOTLY_FILE}?size={size}"


def fetch_early() -> None:
    """Let the browser fetch Plotly.js while the page above the charts is still being built.

    It is the heaviest file of a first visit. Compiling it takes the browser a second or two, beside
    Streamlit's own work.
    """
    file = serve_plotly(app_folder())
    with st.container(key="plotly"):  # page.css takes it out of the flow
        st.html(
            f"<script>(() => {{ {_REQUEST} requestPlotly({json.dumps(file)}); }})();</script>",
            unsafe_allow_javascript=True,
        )


def app_folder() -> Path:
    """Return the folder whose ``static/`` this server serves: that of the main script."""
    context = get_script_run_ctx()
    return Path(context.main_script_path).parent.resolve() if context else _PROJECT
