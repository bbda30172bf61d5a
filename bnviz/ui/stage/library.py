"""Plotly.js for the stage: taken from the installed plotly package, served by Streamlit.

Nothing is vendored and nothing comes from another server: the file that the package brings along is
copied once into ``static/`` beside app.py, which Streamlit serves as ``app/static/``. Where that
folder cannot be written, Streamlit serves the file out of the package, as it does for a component.
That works as well the first time; but a browser that comes again fetches it again.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.runtime.scriptrunner import get_script_run_ctx

PLOTLY_FILE = "plotly.min.js"
_PROJECT = Path(__file__).parents[3]
_REQUEST = (Path(__file__).parent / "library.js").read_text("utf-8")


@cache
def serve_plotly(app_folder: Path) -> str:
    """Let Streamlit serve Plotly.js from the installed plotly package.

    Returned is the file's address below that of the app, with a mark of its size, so that a
    browser asks again after an upgrade.
    """
    import plotly

    source = Path(plotly.__file__).parent / "package_data" / PLOTLY_FILE
    size = source.stat().st_size
    try:
        _copy(source, app_folder / "static" / PLOTLY_FILE)
        folder = "app/static"
    except OSError:  # the folder of the app is read-only
        folder = f"component/{declare_component('plotly', source.parent).name}"
    return f"{folder}/{PLOTLY_FILE}?size={size}"


def _copy(source: Path, target: Path) -> None:
    """Copy a file, unless there is one of its size.

    The copy is made beside its place and then renamed, so that neither a second server process nor
    a browser ever meets half a file.
    """
    if target.exists() and target.stat().st_size == source.stat().st_size:
        return
    target.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".plotly-")
    os.close(handle)
    shutil.copyfile(source, name)
    Path(name).chmod(0o644)
    Path(name).replace(target)


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
