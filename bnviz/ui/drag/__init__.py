"""A batch that the reader drags: its dots on a number line, and what the layer makes of it.

The browser computes batch norm of the one feature while a dot moves (``bn.js``). When it rests, the
values go into the link, and all other numbers of the page are Python's.
"""

from bnviz.ui.drag.drag import draw

__all__ = ["draw"]
