"""What a comparison shows, in sentences. All numbers come from the trace."""

from bnviz.labs.proof.comparison import Row, Trace
from bnviz.labs.proof.differences import TOLERANCE, Differences
from bnviz.labs.proof.record import Record
from bnviz.labs.proof.settings import LAYERS, Settings
from bnviz.settings import number_text

NAMES = {
    "y": "output y",
    "dx": "dx",
    "dgamma": "dγ",
    "dbeta": "dβ",
    "running_mean": "running mean",
    "running_var": "running variance",
}
UNITS = {"float32": 2.0**-23, "float64": 2.0**-52}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def size(value: float) -> str:
    """Write a small number for a reader.

    Examples
    --------
    >>> size(4.44e-16), size(0.0), size(0.25)
    ('4.4 × 10⁻¹⁶', '0', '0.25')
    """
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}"
    if value != value or abs(value) == float("inf"):
        return "not a number"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def verdict(rows: tuple[Row, ...], settings: Settings) -> str:
    """Say whether the two projects agree, and how closely.

    Parameters
    ----------
    rows : tuple of Row
    settings : Settings

    Returns
    -------
    str
        One sentence, Markdown.
    """
    failed = [row for row in rows if not row.passed]
    layer, n = LAYERS[settings.layer], sum(row.n for row in rows)
    if failed:
        names = ", ".join(NAMES[row.name] for row in failed)
        return (
            f"**Not the same.** {layer} in {settings.dtype}: {names} lies farther from PyTorch's "
            "than rounding explains."
        )
    worst = max(rows, key=lambda row: row.difference)
    if worst.difference == 0:
        return (
            f"**Yes.** {layer} in {settings.dtype}: all {n:,} numbers equal PyTorch's, bit by bit."
        )
    return (
        f"**Yes.** {layer} in {settings.dtype}: {n:,} numbers, and the largest difference from "
        f"PyTorch's is {size(worst.difference)}, in {NAMES[worst.name]}. One step of the last digit "
        f"at 1 is {size(UNITS[settings.dtype])}."
    )


def conventions(trace: Trace | None, settings: Settings) -> str:
    """Say what the two switches change here.

    Parameters
    ----------
    trace : Trace or None
        None while there is none yet.
    settings : Settings

    Returns
    -------
    str
        One or two sentences, plain text.
    """
    if not settings.tracks:
        return (
            f"{LAYERS[settings.layer]} keeps no running statistics, so momentum and the two "
            "switches of convention have nothing to change."
        )
    if not settings.training:
        return (
            "In evaluation the running statistics are read and not written, so momentum and the "
            "two switches of convention change nothing."
        )
    chosen = _chosen(settings)
    if not chosen:
        return (
            "Both follow PyTorch's conventions: the new batch has the weight "
            f"{number_text(settings.momentum)}, and its variance is divided by n − 1."
        )
    if trace is None:
        return ""
    moved = [
        f"the {NAMES[name]} of channel 1 is {trace.after[name]:.5g} instead of "
        f"{trace.before[name]:.5g}"
        for name in trace.changed
        if name in trace.before
    ]
    if not moved:
        return f"{_upper(' and '.join(chosen))}: here that changes nothing."
    others = [NAMES[row.name] for row in trace.rows if row.name not in trace.changed]
    return (
        f"{_upper(' and '.join(chosen))}: {' and '.join(moved)}. Bit for bit the same: "
        f"{', '.join(others)}."
    )


def _chosen(settings: Settings) -> list[str]:
    """Name the conventions that differ from PyTorch's."""
    chosen = []
    if settings.convention == "keras":
        chosen.append(
            f"momentum {number_text(settings.momentum)} read as Keras does gives the new batch the "
            f"weight {number_text(round(settings.weight, 6))}"
        )
    if settings.variance == "biased":
        n = settings.n_values
        chosen.append(f"the biased variance is smaller by the factor (n − 1)/n = {n - 1}/{n}")
    return chosen


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def recorded(record: Record) -> str:
    """Say when and with what the record was made.

    Examples
    --------
    >>> from bnviz.labs.proof.record import record
    >>> recorded(record()).startswith("recorded on ")
    True
    """
    v = record.versions
    return (
        f"recorded on {record.date} with PyTorch {v['torch']}, NumPy {v['numpy']} and "
        f"Python {v['python']}"
    )


def differences(found: Differences) -> str:
    """Say what finite differences found.

    Parameters
    ----------
    found : Differences

    Returns
    -------
    str
        Markdown.
    """
    errors = ", ".join(f"{NAMES[name]} {size(error)}" for name, error in found.errors.items())
    shape = " × ".join(map(str, found.shape))
    word = "**Pass.**" if found.passed else "**Fail.**"
    return (
        f"{word} Largest relative differences: {errors}; up to {size(TOLERANCE)} passes. Input "
        f"{shape}, float64, {found.n_passes} forward passes, cotangent {found.cotangent + 1}."
    )


def plain_sum(found: Differences) -> str:
    """Say why the cotangent is random.

    Parameters
    ----------
    found : Differences

    Returns
    -------
    str
        Plain text.
    """
    largest, summed = found.largest_dx, found.largest_dx_of_sum
    ending = (
        "A backward pass that forgets the terms of the mean and the variance could not be told "
        "from a right one by it."
        if summed < 1e-6 * largest
        else "Here it would do as well."
    )
    return (
        f"Under this random gradient the largest dx is {size(largest)}; under a plain sum of the "
        f"outputs it is {size(summed)}. {ending}"
    )
