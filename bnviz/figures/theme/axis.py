"""Axes with their units, and the title that states a finding."""

from collections.abc import Sequence
from typing import Any

from bnviz.figures.frames import Frames
from bnviz.numerals import superscript


def finding(text: str | Frames) -> dict[str, Any]:
    """Return a title that states what the figure shows, or what it shows at each snapshot.

    It is plain text without mark-up: the stage sets it above the plot, over two lines if need be.
    """
    return {"text": text}


def axis(title: str, unit: str = "", **more: Any) -> dict[str, Any]:
    """Return a linear axis whose title names its unit; ``more`` is any other key of a Plotly axis.

    Examples
    --------
    >>> axis("Training loss", "nats", range=[0, 2])
    {'title': {'text': 'Training loss (nats)'}, 'range': [0, 2]}
    """
    return {"title": {"text": f"{title} ({unit})" if unit else title}, **more}


def layer_ticks(n_layers: int) -> list[int]:
    """Return the layers that an axis names: all of a few, and each fifth of many.

    Examples
    --------
    >>> layer_ticks(3), layer_ticks(12)
    ([1, 2, 3], [1, 5, 10])
    """
    every = 1 if n_layers <= 10 else 5 if n_layers <= 30 else 10
    return [layer for layer in range(1, n_layers + 1) if layer == 1 or layer % every == 0]


def log_axis(
    title: str,
    unit: str = "",
    *,
    decades: int = 1,
    labels: Sequence[float] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return a logarithmic axis with one label for each decade, or with labels of your choice.

    Parameters
    ----------
    title, unit : str
        As in ``axis``; "log scale" is added.
    decades : int
        Decades from one label to the next; more than one where the axis spans many.
    labels : sequence of float, optional
        The numbers to write instead, in full: for an axis of few decades, or of batch sizes.
    **more
        Any other Plotly axis key.

    Notes
    -----
    Plotly takes ``range`` of a log axis as exponents: ``range=[-3, 1]`` is 0.001 to 10. It would
    write powers of ten a quarter larger than other numbers, therefore the labels are given.

    Examples
    --------
    >>> axis = log_axis("Gradient norm")
    >>> axis["title"], axis["ticktext"][8:14]
    ({'text': 'Gradient norm (log scale)'}, ['10⁻⁴', '10⁻³', '0.01', '0.1', '1', '10'])
    """
    if decades < 1:
        raise ValueError(f"decades must be at least 1, got {decades}")
    units = f"{unit}, log scale" if unit else "log scale"
    powers = [decades * k for k in range(-12, 13)]
    ticks = {"tickvals": [10.0**k for k in powers], "ticktext": [_power(k) for k in powers]}
    if labels is not None:
        ticks = {"tickvals": list(labels), "ticktext": [f"{value:g}" for value in labels]}
    return axis(title, units, type="log", dtick=decades, tickmode="array", **ticks, **more)


def _power(exponent: int) -> str:
    """Return a power of ten as it is best read: 0.01 to 100 in full, others as 10⁻³."""
    if -2 <= exponent <= 2:
        return f"{10.0**exponent:g}"
    return f"10{superscript(exponent)}"


def figure(
    title: str | Frames,
    data: Sequence[dict[str, Any]],
    x: dict[str, Any],
    y: dict[str, Any],
    **layout: Any,
) -> dict[str, Any]:
    """Return a figure: what it finds, what it draws, and its two axes.

    `axis` and `log_axis` make ``x`` and ``y``; ``layout`` is any other key of a Plotly layout.
    """
    axes = {"xaxis": x, "yaxis": y}
    return {"data": list(data), "layout": {"title": finding(title), **axes, **layout}}
