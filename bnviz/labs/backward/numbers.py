"""Numbers of the lab of the backward pass, as its formulas write them."""

from bnviz.numerals import clean, latex, to_latex

DIGITS = 6
"""Decimals of mean and variance: of values with one decimal that is nearly exact."""


def number(value: float, digits: int = 3) -> str:
    """Write a number as LaTeX: with three decimals, or in powers of ten where it is small."""
    if clean(value) == 0:
        return "0"
    if 0.01 <= abs(value) < 1e5:
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return to_latex(f"{value:.1e}")


def bracket(value: float, digits: int = 3) -> str:
    """Write a number that stands behind a sign."""
    text = number(value, digits)
    return f"({text})" if value < 0 else text


def root(var: float, eps: float) -> str:
    """Write what a gradient is divided by."""
    return rf"\sqrt{{{number(var, DIGITS)} + {latex(eps)}}}"
