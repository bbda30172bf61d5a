"""In how many seeds a sentence holds: the sentence, what is asserted of a seed, and the seeds.

Each lab has a file beside this one with ``HELD``, a `Held` for each share on its page, and
``QUESTIONS``, what its questions say happens. ``tests/test_held.py`` counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

TEN, TWENTY = tuple(range(80, 90)), tuple(range(80, 100))
"""Seeds that chose neither a setting nor the margin of a check."""


@dataclass(frozen=True)
class Held:
    """A share on a page.

    Parameters
    ----------
    begin : str
        How the sentence of the lab begins, or the name of a claim of the ledger.
    check : callable
        Seed -> True or nothing where the sentence holds; False or an AssertionError where not.
    seeds : sequence of int
        The first of them always runs, unless there is a guard.
    words : str
        Regular expression of the sentence's own words around a share, as in ``"lower in (.*)
        seeds"``; empty where the share stands behind the mark.
    guard : str
        Where training takes seconds: the test that asserts it always, of the record or of other
        seeds. The seeds here then run with ``-m long`` only.
    """

    begin: str
    check: Callable[[int], object]
    seeds: Sequence[int]
    words: str = ""
    guard: str = ""


@cache
def holds(check: Callable[[int], object], seed: int) -> bool:
    """Return whether what is asserted of a seed holds."""
    try:
        found = check(seed)
    except AssertionError:
        return False
    return found is None or bool(found)


def together(*checks: Callable[[int], object]) -> Callable[[int], None]:
    """Return the check that asserts all of several."""

    def check(seed: int) -> None:
        for one in checks:
            assert holds(one, seed)

    return check
