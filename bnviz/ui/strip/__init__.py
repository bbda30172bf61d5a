"""The strip above the charts of the playground: both networks, drawn, at the step of the stage.

Python sends the activations at all snapshots, once; ``strip.js`` draws those of the step that the
stage shows, and follows it while it plays, without asking the server.
"""

from bnviz.ui.strip.strip import MODE, UNIT, draw, misread

__all__ = ["MODE", "UNIT", "draw", "misread"]
