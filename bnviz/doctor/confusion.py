"""How often a check-up named the fault of a broken network first, as it was once measured.

The networks are those of the tests. Measure anew with ``python -m tests.doctor.confuse``, from the
project's root.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("confusion.json")
NOTHING, NOTE = "nothing", "a note"
"""What else may be found of a network that is well."""


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """What was found first, by what was wrong.

    Attributes
    ----------
    date : str
        Year, month, day.
    versions : dict of str to str
        Of ``python``, ``numpy`` and ``torch``.
    kinds : tuple of str
        The kinds of networks.
    seeds : tuple of int
        Each kind was built and broken with each of them; no threshold was chosen with them.
    first : dict of str to dict of str to int
        How often each fault was the first finding, by the fault that was made.
    healthy : dict of str to int
        The same for networks that are well; `NOTHING` and `NOTE` are right there.
    """

    date: str
    versions: Mapping[str, str]
    kinds: tuple[str, ...]
    seeds: tuple[int, ...]
    first: Mapping[str, Mapping[str, int]]
    healthy: Mapping[str, int]

    @property
    def right(self) -> int:
        """Return how many broken networks had their fault named first."""
        return sum(row.get(code, 0) for code, row in self.first.items())

    @property
    def broken(self) -> int:
        """Return how many networks were broken."""
        return sum(sum(row.values()) for row in self.first.values())

    @property
    def false_alarms(self) -> int:
        """Return how many networks that are well got an error or a warning."""
        return sum(n for what, n in self.healthy.items() if what not in (NOTHING, NOTE))

    def lines(self) -> list[str]:
        """Return the table as lines of text: the fault that was made, and what was found first."""
        rows = [*self.first.items(), ("(well)", self.healthy)]
        width = max(len(code) for code, _ in rows)
        told = [", ".join(f"{found} {n}" for found, n in row.items()) for _, row in rows]
        return [f"{code:{width}}  {text}" for (code, _), text in zip(rows, told, strict=True)]


@cache
def confusion() -> Confusion:
    """Return what was measured."""
    stored = json.loads(PATH.read_text("utf-8"))
    stored |= {name: tuple(stored[name]) for name in ("kinds", "seeds")}
    return Confusion(**stored)
