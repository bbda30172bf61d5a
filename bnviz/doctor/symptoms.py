"""What engineers see, and the faults behind it, the likeliest first.

The order is our judgement of how often a fault is behind such a report, and of its harm.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """One thing that is seen.

    Attributes
    ----------
    name : str
        In links: one word.
    words : str
        As somebody would type it.
    causes : tuple of str
        Codes of faults, the likeliest first.
    """

    name: str
    words: str
    causes: tuple[str, ...]


SYMPTOMS = (
    Symptom(
        "eval",
        "Right in train(), wrong in eval()",
        (
            "stale-statistics",
            "dependent-batches",
            "never-updated",
            "shared-layer",
            "last-batch-statistics",
            "dropout-before-norm",
            "shifted-data",
        ),
    ),
    Symptom(
        "nan",
        "NaN or inf, perhaps in eval() only",
        ("non-finite-statistics", "low-precision", "epsilon-dominates", "never-updated"),
    ),
    Symptom(
        "value",
        "“Expected more than 1 value per channel”",
        ("batch-too-small", "depends-on-batch"),
    ),
    Symptom(
        "neighbours",
        "The same image, another answer in another batch",
        ("depends-on-batch", "mixed-modes", "batch-too-small"),
    ),
    Symptom(
        "frozen",
        "A frozen part moves, or does not fit",
        ("updates-while-frozen", "frozen-mismatch", "mixed-modes", "double-update"),
    ),
    Symptom(
        "small",
        "Worse on several GPUs, or with accumulation",
        ("batch-too-small", "unsynchronized", "double-update"),
    ),
    Symptom(
        "loaded",
        "Worse once loaded, ported, or averaged (EMA, SWA)",
        ("averaged-weights", "never-updated", "last-batch-statistics", "epsilon-dominates"),
    ),
    Symptom(
        "other",
        "Good on validation data, bad on new data",
        ("shifted-data", "frozen-mismatch", "dependent-batches", "shared-layer"),
    ),
    Symptom(
        "deployed",
        "Other answers once fused, in half precision, or exported",
        ("fold-limits", "low-precision", "mixed-modes"),
    ),
    Symptom(
        "idle",
        "Parameters or channels that do nothing",
        ("useless-bias", "dead-channels", "decayed-affine", "epsilon-dominates"),
    ),
)
"""In the order of the page."""


def symptom(name: str) -> Symptom:
    """Return a symptom by its name; ValueError if there is none."""
    for one in SYMPTOMS:
        if one.name == name:
            return one
    raise ValueError(f"symptom must be one of {[s.name for s in SYMPTOMS]}, got {name!r}")
