"""The microscope of the strip: what the browser is sent of one unit, and its link to Anatomy."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.labs.anatomy import settings as anatomy
from bnviz.labs.playground import Settings, example
from bnviz.labs.playground.microscope import Layer, Seen, course_arm, layer_arm, unit_text
from bnviz.numerals import superscript, true_minus
from bnviz.settings import fields, nearest
from bnviz.ui import address
from bnviz.ui.compute import found

TRAIN, EVAL = "train mode", "eval mode"


def look(settings: Settings, t: int, layer: int) -> Layer:
    """Return a layer at a snapshot, from memory or as soon as it is computed."""
    seen: Layer = found(layer_arm(settings, t, layer))
    return seen


def course(settings: Settings, at: tuple[int, int]) -> str:
    """Return what a unit reads at each snapshot, as base64 of float32: for the run that plays."""
    rows: NDArray[np.float32] = found(course_arm(settings, *at))
    return b64encode(rows.tobytes()).decode()


def sent(layer: Layer, at: tuple[int, int], settings: Settings) -> dict[str, Any]:
    """Return what the browser draws of one unit: numbers for the line, and texts to read."""
    unit = at[1]
    batch = data.load(settings.dataset)
    return {
        "at": list(at),
        "name": unit_text(*at),
        "labels": batch.y_train[layer.examples].tolist(),
        "pictures": [example.training_pixels(int(k)) for k in layer.examples],
        "gamma": number(layer.gamma[unit]),
        "beta": number(layer.beta[unit]),
        "modes": [
            _mode(TRAIN, layer.train, layer, unit, settings.eps),
            _mode(EVAL, layer.evaluation, layer, unit, settings.eps),
        ],
    }


def _mode(name: str, seen: Seen, layer: Layer, unit: int, eps: float) -> dict[str, Any]:
    mean, var = seen.mean[unit], seen.var[unit]
    gamma, beta = number(layer.gamma[unit]), number(layer.beta[unit])
    shift = within(layer.beta[unit])
    lines = []
    for x, x_hat, y in zip(seen.x[:, unit], seen.x_hat[:, unit], seen.y[:, unit], strict=True):
        top, under = f"({number(x)} − {within(mean)})", f"√({number(var)} + {number(eps)})"
        lines.append(
            [
                f"x̂ = (x − μ) / √(σ² + ε) = {top} / {under} = {number(x_hat)}",
                f"y = γ x̂ + β = {gamma} · {within(x_hat)} + {shift} = {number(y)}",
            ]
        )
    return {
        "name": name,
        "x": [plain(x) for x in seen.x[:, unit]],
        "mean": plain(mean),
        "deviation": plain(np.sqrt(var)),
        "statistics": f"μ = {number(mean)}, σ² = {number(var)}",
        "affine": f"γ = {gamma}, β = {beta}",
        "lines": lines,
    }


def plain(value: float) -> float | None:
    """Return a number as JSON holds it; None if it is not finite."""
    return float(value) if np.isfinite(value) else None


def number(value: float) -> str:
    """Return a number with four digits.

    Examples
    --------
    >>> number(-0.123456), number(0.0), number(1e-5)
    ('−0.1235', '0', '10⁻⁵')
    """
    mantissa, e, exponent = f"{float(value):.4g}".partition("e")
    if not e:
        return true_minus(mantissa)
    power = f"10{superscript(int(exponent))}"
    return power if mantissa == "1" else true_minus(f"{mantissa}·") + power


def within(value: float) -> str:
    """Return a number with four digits, in brackets if it is negative.

    Examples
    --------
    >>> within(-0.5)
    '(−0.5)'
    """
    return f"({number(value)})" if value < 0 else number(value)


def link(layer: Layer, unit: int, settings: Settings) -> None:
    """Draw the link that opens the column of the batch in Anatomy, as far as that has room."""
    marks = fields(anatomy.Settings)
    column = [float(f"{x:.4g}") for x in layer.train.x[: anatomy.MOST, unit]]
    wanted = {"gamma": layer.gamma[unit], "beta": layer.beta[unit], "eps": settings.eps}
    near = {name: nearest(marks[name], f"{float(v):.8g}", 1.0)[0] for name, v in wanted.items()}
    n = len(layer.train.x)
    label = (
        "The same batch in Anatomy"
        if n <= anatomy.MOST
        else f"The first {anatomy.MOST} of it in Anatomy"
    )
    address.link(label, "anatomy", anatomy.Settings(values=tuple(column), **near))
