"""One image in many random batches."""

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.noise import sizes
from bnviz.labs.noise import Trace
from bnviz.numerals import signed

GOLDEN = 0.618034
WIDTH = 0.32
"""Half width of a strip, in powers of two."""


def strips(trace: Trace) -> Figure:
    """Draw the normalized value of one image, a strip of dots for each batch size."""
    found, m = trace.followed, trace.settings.batch_size
    n_dots = found.x_hat.shape[1]
    beside = 2.0 ** (WIDTH * _spread(n_dots))
    data = []
    for size, x_hat in zip(found.sizes, found.x_hat, strict=True):
        marker = {"size": 4, "opacity": 0.9 if size == m else 0.35}
        data.append(
            theme.dots(
                size * beside,
                x_hat,
                theme.WITH,
                name=f"batches of {size}",
                marker=marker,
                hovertemplate=f"batch of {size}<br>x̂ = %{{y:.2f}}<extra></extra>",
            )
        )
    ends = np.array([found.sizes[0] / 1.5, found.sizes[-1] * 1.5])
    fixed = np.array([found.fixed, found.fixed])
    data.append(theme.line(ends, fixed, theme.REFERENCE, name="statistics of all images"))
    data.append(theme.end_label(ends, fixed, "all images", theme.REFERENCE))
    layout = {
        "title": theme.finding(_strips_title(trace)),
        "xaxis": sizes.axis(int(found.sizes[0]), int(found.sizes[-1])),
        "yaxis": theme.axis("Normalized value x̂ of the image", range=_range(trace)),
        "margin": {"r": 76},
    }
    return {"data": data, "layout": layout}


def _strips_title(trace: Trace) -> str:
    found = trace.followed
    first, last = found.sizes[0], found.sizes[-1]
    if found.spread[0] <= found.spread[-1]:  # the image lies at an end: always the sign +, or -
        return f"The same image, always x̂ = {signed(found.x_hat[0, 0], 0)} in batches of {first}"
    return (
        f"The same image: its x̂ spreads by {found.spread[0]:.2f} in batches of {first}, "
        f"by {found.spread[-1]:.2f} in batches of {last}"
    )


def chosen(trace: Trace) -> Figure:
    """Draw a histogram of the image's value in a thousand batches of the chosen size."""
    found, m = trace.followed, trace.settings.batch_size
    n, width = int(found.counts.sum()), float(found.edges[1] - found.edges[0])
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "x": 100 * found.counts / n,
            "y": found.edges[:-1] + width / 2,
            "width": width,
            "marker": {"color": theme.WITH.color},
            "name": f"batches of {m}",
            "hovertemplate": "x̂ near %{y:.2f}: %{x:.1f}%<extra></extra>",
        }
    ]
    layout = {
        "title": theme.finding(f"{n} batches of {m}: x̂ = {signed(found.mean)} ± {found.std:.2f}"),
        "xaxis": theme.axis("Share of the batches", "%", rangemode="tozero"),
        "yaxis": theme.axis("Normalized value x̂ of the image", range=_range(trace)),
        "shapes": [theme.guide(y=found.fixed)],
        "bargap": 0,
    }
    return {"data": data, "layout": layout}


def _range(trace: Trace) -> list[float]:
    return [float(trace.followed.edges[0]), float(trace.followed.edges[-1])]


def _spread(n: int) -> NDArray[np.floating]:
    """Return n places from -1 to 1, evenly spread and in no order."""
    places: NDArray[np.floating] = 2 * (GOLDEN * np.arange(n) % 1) - 1
    return places
