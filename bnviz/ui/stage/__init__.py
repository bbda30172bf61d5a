"""The live stage: up to four linked charts and one transport, drawn and played in the browser.

Python describes the charts (``Chart``, with figures from ``bnviz.figures``), mounts them with
``stage`` and hears back only what the reader settled on (``StageState``). ``stage.js`` draws,
plays and scrubs without asking the server.
"""

from bnviz.figures.chart import Chart, Pick
from bnviz.ui.stage.library import fetch_early, serve_plotly
from bnviz.ui.stage.stage import SCRIPT, StageState, chosen, payload, settled, stage

__all__ = [
    "SCRIPT",
    "Chart",
    "Pick",
    "StageState",
    "chosen",
    "fetch_early",
    "payload",
    "serve_plotly",
    "settled",
    "stage",
]
