"""One claim of the ledger, and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TEXTS: Mapping[str, str] = {
    "S0": "the long survey",
    "S1": "the short overview",
    "S2": "the simple introduction",
    "S3": "the text with PyTorch code",
    "S4": "the text with a NumPy class",
}
"""The five texts on batch normalization whose claims these are."""
VERDICTS: Mapping[str, str] = {
    "true": "true",
    "condition": "with a condition",
    "disputed": "disputed",
    "wrong": "false as stated",
}
READ: Mapping[str, str] = {
    "text": "read in the paper",
    "abstract": "abstract only",
    "notes": "from notes",
    "memory": "from memory",
    "derived": "derived here",
    "measured": "measured here",
}
"""How a reference was read."""


@dataclass(frozen=True)
class Place:
    """Where a claim can be seen: a lab's slug, and what its link says without the slug.

    Examples
    --------
    >>> Place.read("anatomy steps divide=var").query
    {'predicted': 'skipped', 'view': 'steps', 'divide': 'var'}
    """

    lab: str
    query: Mapping[str, str]

    @classmethod
    def read(cls, text: str) -> Place:
        """Return the place that stands as ``lab view name=value ...``; some pages have no views.

        A link to a view skips the question that else stands before it.
        """
        if not text.split():
            raise ValueError(f"see must be 'lab view name=value ...', got {text!r}")
        slug, *rest = text.split()
        views = [word for word in rest if "=" not in word]
        if len(views) > 1:
            raise ValueError(f"see must hold at most one view, got {text!r}")
        query = {"predicted": "skipped", "view": views[0]} if views else {}
        query |= dict(word.split("=", 1) for word in rest if "=" in word)
        return cls(slug, query)


@dataclass(frozen=True)
class Reference:
    """What a verdict rests on."""

    how: str  # one of `READ`
    what: str  # paper and place; empty for what was measured here

    @classmethod
    def read(cls, text: str) -> Reference:
        """Return the reference that stands as ``how: what``."""
        how, _, what = text.partition(":")
        if how not in READ:
            raise ValueError(f"refs must begin with one of {list(READ)}, got {text!r}")
        return cls(how, what.strip())

    @property
    def text(self) -> str:
        """The reference for a reader."""
        return f"{self.what} ({READ[self.how]})" if self.what else READ[self.how]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A claim of the source texts, with the verdict on it.

    Parameters
    ----------
    name : str
        ``C01`` to ``C108``.
    claim, reason : str
        In this project's words; the reason has a few sentences.
    scope : str
        For what the verdict holds: always, by definition, as published, or the network, data, rate
        and steps of the runs.
    held : str
        In how many seeds, none of which chose a setting, what the reason says of runs holds: ``"10
        of 10"``; empty where nothing was run, or only over the seeds of its tests.
    by : tuple of str
        Keys of `TEXTS`.
    verdict : str
        One of `VERDICTS`.
    references : tuple of Reference
    place : Place or None
        Where it can be seen; None where the verdict rests on literature alone.
    tests : tuple of str
        ``file::function``, which together guard all that the reason says; empty where the verdict
        rests on literature alone.
    """

    name: str
    claim: str
    reason: str
    by: tuple[str, ...]
    verdict: str
    references: tuple[Reference, ...]
    place: Place | None
    tests: tuple[str, ...]
    scope: str
    held: str = ""

    @classmethod
    def read(cls, name: str, entry: Mapping[str, Any]) -> Claim:
        """Return an entry of a file of the ledger as a claim.

        A ValueError names the claim, what was wanted and what was given.
        """
        _check_entry(name, entry)
        by = tuple(entry["by"].split())
        if not by or not set(by) <= set(TEXTS):
            raise ValueError(f"{name}: by must name some of {list(TEXTS)}, got {entry['by']!r}")
        if entry["verdict"] not in VERDICTS:
            wanted = list(VERDICTS)
            raise ValueError(f"{name}: verdict must be one of {wanted}, got {entry['verdict']!r}")
        try:
            references = tuple(map(Reference.read, entry["refs"]))
            place = Place.read(entry["see"]) if "see" in entry else None
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        return cls(
            name=name,
            claim=entry["claim"],
            reason=entry["reason"],
            by=by,
            verdict=entry["verdict"],
            references=references,
            place=place,
            tests=tuple(entry.get("tests", ())),
            scope=entry["scope"],
            held=entry.get("held", ""),
        )

    @property
    def where(self) -> str:
        """The scope for a reader, with the share of seeds if there is one."""
        return f"{self.scope}; {self.held} new seeds" if self.held else self.scope

    @property
    def literature_only(self) -> bool:
        """Return whether nothing in this app shows it."""
        return self.place is None


WANTED = ("claim", "by", "verdict", "reason", "scope", "refs")
MAY = ("held",)
WITH_LAB = ("see", "tests")
LISTS = ("refs", "tests")
"""Keys of an entry: those it must have, those it may have, and those of a lab: both or none."""


def _check_entry(name: str, entry: object) -> None:
    """Check that an entry has the keys that it must have, with values of their type."""
    if not isinstance(entry, Mapping):
        raise ValueError(f"{name} must be a table, got {entry!r}")
    given = set(entry)
    wanted = {*WANTED, *(WITH_LAB if given & set(WITH_LAB) else ())}
    if given - set(MAY) != wanted:
        raise ValueError(
            f"{name} must have {sorted(WANTED)}, and see and tests or neither: "
            f"missing {sorted(wanted - given)}, unknown {sorted(given - wanted - set(MAY))}"
        )
    for key, value in entry.items():
        texts = [value] if key not in LISTS else value if isinstance(value, list) else []
        if not texts or not all(isinstance(text, str) and text for text in texts):
            kind = "a list of texts, at least one" if key in LISTS else "a text"
            raise ValueError(f"{name}: {key} must be {kind}, and none empty; got {value!r}")
