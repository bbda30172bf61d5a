"""Count what a check-up finds first in broken networks and in those that are well.

Write it down with ``python -m tests.doctor.confuse``, from the project's root; it takes minutes.
"""

import json
import platform
from collections import Counter
from datetime import UTC, datetime
from functools import cache

import numpy as np

from bnviz.doctor.confusion import NOTE, NOTHING, PATH
from tests.doctor.faulty import BREAKS
from tests.doctor.healthy import WAYS
from tests.doctor.needed import torch
from tests.doctor.networks import KINDS

SEEDS = range(60, 63)
"""No threshold was chosen with them."""


@cache
def first_of_broken(code, kind, seed):
    """Return the first finding of a network that was broken."""
    findings = BREAKS[code](kind, seed).findings()
    return findings[0].code if findings else NOTHING


@cache
def first_of_well(way, kind, seed):
    """Return the first finding of a network that is well, and whether it is a note only."""
    findings = way(kind, seed).findings()
    if not findings:
        return NOTHING
    return NOTE if findings[0].severity == "note" else findings[0].code


def count():
    """Return the table as a `Confusion` holds it."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "torch": torch.__version__.split("+")[0],
        },
        "kinds": KINDS,
        "seeds": list(SEEDS),
        "first": {
            code: Counter(first_of_broken(code, k, s) for k in KINDS for s in SEEDS)
            for code in BREAKS
        },
        "healthy": Counter(first_of_well(way, k, s) for way in WAYS for k in KINDS for s in SEEDS),
    }


if __name__ == "__main__":
    PATH.write_text(json.dumps(count(), indent=1) + "\n", encoding="utf-8")
