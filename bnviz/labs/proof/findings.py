"""What a comparison shows, in sentences. All numbers come from the trace."""

from bnviz.core.gradcheck import TOLERANCE
from bnviz.labs.proof.comparison import Effect, Row
from bnviz.labs.proof.differences import Differences
from bnviz.labs.proof.record import Record
from bnviz.labs.proof.settings import LAYERS, Settings
from bnviz.numerals import grouped, superscript, true_minus
from bnviz.settings import number_text

NAMES = {
    "y": "output y",
    "dx": "dx",
    "dgamma": "dγ",
    "dbeta": "dβ",
    "running_mean": "running mean",
    "running_var": "running variance",
}


def size(value: float) -> str:
    """Return a small number as a reader sees it.

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
    return f"{digits} × 10{superscript(int(exponent))}"


def verdict(rows: tuple[Row, ...], settings: Settings) -> str:
    """Return whether the two projects agree, and how closely: one sentence of Markdown."""
    failed = [row for row in rows if not row.passed]
    layer, n = LAYERS[settings.layer], sum(row.n for row in rows)
    if failed:
        names = ", ".join(NAMES[row.name] for row in failed)
        return (
            f"**No.** {layer} in {settings.dtype}: farther from PyTorch's than rounding explains: "
            f"{names}."
        )
    worst = max(rows, key=lambda row: row.difference)
    if worst.difference == 0:
        words = f"all {grouped(n)} numbers equal PyTorch's exactly"
        return f"**Yes.** {layer} in {settings.dtype}: {words}."
    return (
        f"**Yes.** {layer} in {settings.dtype}: {grouped(n)} numbers, all as near to PyTorch's as "
        f"rounding allows. The largest difference is {size(worst.difference)}, in "
        f"{NAMES[worst.name]}."
    )


def conventions(effect: Effect, settings: Settings) -> str:
    """Return what the two switches change here, in one to three sentences of plain text."""
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
    if not effect.changed:
        return f"{chosen}. Here that changes nothing."
    moved = [
        f"the {NAMES[name]} of channel 1 is {_signed(effect.after[name])} instead of "
        f"{_signed(effect.before[name])}"
        for name in effect.changed
    ]
    same = ", ".join(NAMES[name] for name in effect.same)
    return f"{chosen}. So {', and '.join(moved)}. Bit for bit the same: {same}."


def _chosen(settings: Settings) -> str:
    """Return what the conventions mean that differ from PyTorch's; empty if none does."""
    chosen = []
    if settings.convention == "keras":
        chosen.append(
            f"Keras reads momentum {number_text(settings.momentum)} as the weight of the old value "
            f"and gives the new batch {number_text(round(settings.weight, 6))}"
        )
    if settings.variance == "biased":
        n = settings.n_values
        chosen.append(f"The biased variance is (n − 1)/n = {n - 1}/{n} of the unbiased one")
    return ". ".join(chosen)


def _signed(value: float) -> str:
    return true_minus(f"{value:.5g}")


def recorded(record: Record) -> str:
    """Return when and with what the record was made."""
    v = record.versions
    return (
        f"recorded on {record.date} with PyTorch {v['torch']}, NumPy {v['numpy']} and "
        f"Python {v['python']}"
    )


def differences(found: Differences) -> str:
    """Return what finite differences found, as Markdown."""
    errors = ", ".join(f"{NAMES[name]} {size(error)}" for name, error in found.errors.items())
    shape = " × ".join(map(str, found.shape))
    word = "**Pass.**" if found.passed else "**Fail.**"
    return (
        f"{word} Largest relative differences: {errors}; up to {size(TOLERANCE)} passes. Input "
        f"{shape}, float64, {found.n_passes} forward passes, cotangent {found.cotangent + 1}."
    )


def plain_sum(found: Differences) -> str:
    """Return why the cotangent is random, as plain text."""
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
