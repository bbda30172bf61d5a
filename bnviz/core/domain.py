"""Where a formula holds: arguments outside of its domain are refused."""

import math


def require(holds: bool, name: str, wanted: str, given: object) -> None:
    """Raise ValueError unless a condition holds."""
    if not holds:
        raise ValueError(f"{name} must be {wanted}, got {given}")


def require_positive(**values: float) -> None:
    """Raise ValueError unless all values are finite and above 0."""
    for name, value in values.items():
        require(math.isfinite(value) and value > 0, name, "a finite number above 0", value)


def require_not_negative(**values: float) -> None:
    """Raise ValueError unless all values are finite and at least 0."""
    for name, value in values.items():
        require(math.isfinite(value) and value >= 0, name, "a finite number of at least 0", value)


def require_count(name: str, value: float, least: int) -> None:
    """Raise ValueError unless a value is a whole number, and large enough."""
    whole = math.isfinite(value) and value == int(value)
    require(whole and value >= least, name, f"a whole number of at least {least}", value)
