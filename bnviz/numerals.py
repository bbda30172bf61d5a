"""How a number is written: in a sentence for a reader, and in a formula as LaTeX.

A text that is read back, as in a link, is `bnviz.marks.number_text`.
"""

import math
from collections.abc import Sequence

from bnviz.marks import number_text

ROUNDING = 1e-12
"""What float64 makes of a nought in sums of numbers of ordinary size is smaller."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def short(value: float) -> str:
    """Return a number with two digits, as a reader would.

    Examples
    --------
    >>> short(0.00961), short(3e-7), short(1e-7), short(123.4), short(float("inf"))
    ('0.0096', '3×10⁻⁷', '10⁻⁷', '123', '∞')
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0 or 0.001 <= abs(value) < 1000:
        return f"{value:.2g}" if abs(value) < 99.5 else f"{value:.0f}"
    mantissa, exponent = f"{value:.0e}".split("e")
    power = f"10{superscript(int(exponent))}"
    return mantissa.removesuffix("1") + power if mantissa in ("1", "-1") else f"{mantissa}×{power}"


def clean(value: float) -> float:
    """Return a number, and 0 where it is no more than rounding; only for what may be exactly 0.

    Examples
    --------
    >>> clean(-5e-17), clean(3e-5), clean(-0.0)
    (0.0, 3e-05, 0.0)
    """
    return float(value) if not abs(value) < ROUNDING else 0.0


def grouped(count: int) -> str:
    """Return a count as a reader would write it: a comma from five digits on.

    Examples
    --------
    >>> grouped(1010), grouped(17810), grouped(-1000000)
    ('1010', '17,810', '−1,000,000')
    """
    return true_minus(f"{count:,}" if abs(count) >= 10_000 else str(count))


def counted(count: int, what: str) -> str:
    """Return how many there are of something, as words.

    Examples
    --------
    >>> counted(1, "step"), counted(300, "step")
    ('1 step', '300 steps')
    """
    return f"{grouped(count)} {what}{'' if count == 1 else 's'}"


def bound(value: float) -> str:
    """Return a number as `short` does, but never below it: for what is "at most" so much.

    Examples
    --------
    >>> bound(1.44e-15), bound(0.00961), bound(0.131), bound(0.13), bound(0)
    ('2×10⁻¹⁵', '0.0097', '0.14', '0.13', '0')
    """
    if not 0 < value < math.inf:
        return short(value)
    digits = 2 if 0.001 <= value < 99.5 else 3 if 99.5 <= value < 1000 else 1
    unit = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    return short(math.ceil(value / unit - 1e-9) * unit)


def most(value: float) -> str:
    """Return how large something is at most, as words; 0 where it is no more than rounding.

    Examples
    --------
    >>> most(3e-15), most(0.00961)
    ('0', 'at most 0.0097')
    """
    return f"at most {bound(value)}" if clean(value) else "0"


def superscript(exponent: int) -> str:
    """Return the exponent of a power.

    Examples
    --------
    >>> superscript(-16)
    '⁻¹⁶'
    """
    return str(exponent).translate(_SUPERSCRIPTS)


def true_minus(text: str) -> str:
    """Return the text of a number with a minus sign in place of a hyphen.

    Examples
    --------
    >>> true_minus("-0.5")
    '−0.5'
    """
    return text.replace("-", "−")


def signed(value: float, digits: int = 2) -> str:
    """Return a number with a true minus sign, and never as minus zero.

    Examples
    --------
    >>> signed(-0.4983, 3), signed(-0.001)
    ('−0.498', '0.00')
    """
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return true_minus(text)


def latex(value: float) -> str:
    """Return a number as LaTeX, with all its digits: for settings, which have few.

    Examples
    --------
    >>> latex(1e-05), latex(0.1)
    ('10^{-5}', '0.1')
    """
    return to_latex(number_text(value or 0))


def latex_short(value: float, digits: int = 3) -> str:
    r"""Return a number as LaTeX with three digits, or as many as are asked for: for results.

    Examples
    --------
    >>> print(latex_short(4.4e-13), latex_short(0.53377), latex_short(float("inf")))
    4.4 \cdot 10^{-13} 0.534 \infty
    """
    if math.isinf(value):
        return r"\infty" if value > 0 else r"-\infty"
    return to_latex(f"{value:.{digits}g}")


def to_latex(text: str) -> str:
    r"""Return a formatted number as LaTeX; a text without an exponent stays.

    Examples
    --------
    >>> print(to_latex("1.5e-07"), to_latex("0.25"))
    1.5 \cdot 10^{-7} 0.25
    """
    mantissa, e, exponent = text.partition("e")
    if not (e and exponent.lstrip("+-").isdigit()):
        return text
    power = rf"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa} \cdot {power}"


def aligned(lines: Sequence[str], gap: int = 8) -> str:
    r"""Return lines of a formula as LaTeX, ``gap`` points apart and aligned at their ``&``.

    Examples
    --------
    >>> print(aligned(["a &= b", "&= c"]))
    \small \begin{aligned} a &= b \\[8pt] &= c \end{aligned}
    """
    return r"\small \begin{aligned} " + rf" \\[{gap}pt] ".join(lines) + r" \end{aligned}"
