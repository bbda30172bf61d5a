"""How a value of the settings is written."""

from __future__ import annotations

from decimal import Decimal


def number_text(value: float) -> str:
    """Return a finite number in ASCII, as short as possible without loss.

    Floats are scientific below 0.001 and from 10000 on, where zeros are hard to count.

    Examples
    --------
    >>> [number_text(v) for v in (32, 0.1, 1.0, 1e-05, 0.0005, 0.000123, 20000.0)]
    ['32', '0.1', '1', '1e-5', '5e-4', '1.23e-4', '2e4']
    """
    if isinstance(value, int):
        return str(value)
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return repr(float(value)).removesuffix(".0")
    mantissa, exponent = f"{Decimal(repr(float(value))).normalize():e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def brief(value: object) -> str:
    """Return a wrong value for an error, without pages of it."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print an int of more than 4300 digits
        text = f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
