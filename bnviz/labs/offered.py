"""Mark of a setting that takes one of some numbers."""

from typing import Any

from bnviz.settings import Range


def offered(label: str, options: tuple[float, ...], words: str, **more: Any) -> Range:
    """Return the mark of a setting that takes one of some numbers, in rising order.

    Parameters
    ----------
    label : str
    options : tuple of float
        Its ends are the first and the last of them.
    words : str
        The help of the control.
    **more
        As `bnviz.settings.Range` takes it.

    Examples
    --------
    >>> mark = offered("Scale", (0.3, 1.0, 3.0), "Of the weights.", scale="log")
    >>> mark.lo, mark.hi
    (0.3, 3.0)
    """
    return Range(label, options[0], options[-1], options=options, help=words, **more)
