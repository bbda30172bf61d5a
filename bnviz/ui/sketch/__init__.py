"""The sketch: the reader draws a curve on the empty axes of a chart, then sees the run over it.

``bnviz.labs.sketch`` says what a sketch is, ``bnviz.labs.parting`` compares it with the run.
"""

from bnviz.ui.sketch.sketch import beside, first, is_open, misread, names, offer, taken

__all__ = ["beside", "first", "is_open", "misread", "names", "offer", "taken"]
