"""Numbers of the anatomy of a BN layer, as its sentences, formulas and tables write them."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bnviz.labs.anatomy.layer import Layer
from bnviz.marks import number_text
from bnviz.numerals import aligned, grouped, to_latex

DUST = 1e-12
FEW = 3
"""Terms of a sum that are written out."""


def number(value: float) -> str:
    """Write a number as a reader would: four digits, large ones whole; rounding dust is 0.

    Examples
    --------
    >>> number(151.5), number(-0.99999), number(44104.4), number(1e-7)
    ('151.5', '−1', '44104', '1e-7')
    """
    if not np.isfinite(value):
        return "no number"
    if 1000 <= abs(value) < 1e7:
        return grouped(round(value))
    text = f"{value:.4g}" if abs(value) > DUST else "0"
    if "e" in text:
        text = number_text(float(text))
    return f"−{text[1:]}" if text.startswith("-") else text


def bracket(value: float) -> str:
    """Write a number that stands behind a sign."""
    return f"({number(value)})" if value < 0 else number(value)


def term(value: float, mean: float) -> str:
    """Write a value from which the mean is taken."""
    return f"{number(value)} - {bracket(mean)}"


def summed(values: Any) -> str:
    """Write a sum of values; of many the first two and the last."""
    terms = [bracket(value) for value in values]
    return " + ".join(terms if len(terms) <= FEW else [*terms[:2], r"\dots", terms[-1]])


def squares(own: Layer) -> str:
    """Write the sum of the squared distances from the mean; of many the first and the last."""
    terms = [rf"({term(value, own.mean)})^2" for value in own.x]
    return " + ".join(terms if len(terms) <= FEW - 1 else [terms[0], r"\dots", terms[-1]])


def lines(texts: Sequence[str]) -> str:
    """Write the lines of a formula below each other, as LaTeX."""
    whole = aligned(texts, gap=4).replace("−", "-")
    whole = re.sub(r"(?<=\d),(?=\d{3})", "{,}", whole)  # else TeX sets a space behind the comma
    return re.sub(r"\d[\d.]*e-?\d+", lambda found: to_latex(found[0]), whole)


def listed(values: Any) -> str:
    """Write a few numbers one after the other."""
    texts = [number(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def ends(values: Any) -> str:
    """Write the least and the largest of many numbers."""
    return f"{number(values.min())} and {number(values.max())}"


def table(own: Layer) -> dict[str, Any]:
    """Return every sample of a batch at every step, heading -> column."""
    return {
        "sample": np.arange(1, len(own.x) + 1),
        "x": own.x,
        "x − μ": own.centred,
        "x̂": own.x_hat,
        "y": own.y,
    }
