"""The reader's digit in a lab: choose or draw one, and see what becomes of it there."""

from bnviz.ui.mine.mine import draw

__all__ = ["draw"]
