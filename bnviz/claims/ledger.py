"""All claims, read from the files beside this one; and what a reader picks out of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bnviz.claims.claim import VERDICTS, Claim

SECTIONS = {
    "definition": "What batch normalization computes",
    "inference": "Training, evaluation, running statistics",
    "explanation": "Why it works",
    "gradients": "Gradients, learning rate, initial weights",
    "regularization": "Noise and regularization",
    "batches": "Size and make-up of batches",
    "architectures": "Kinds of networks, fields of use",
    "cost": "Cost and upkeep",
    "variants": "Relatives, and what became of it",
}
"""The files, in the order of the claims, with what each of them is about."""


@cache
def sections() -> Mapping[str, tuple[Claim, ...]]:
    """Return the claims of each subject, by its title."""
    here = Path(__file__).parent
    return {title: read([here / f"{name}.toml"]) for name, title in SECTIONS.items()}


@cache
def ledger() -> tuple[Claim, ...]:
    """Return all claims, in their order.

    Examples
    --------
    >>> ledger()[2].name, ledger()[2].verdict
    ('C03', 'wrong')
    """
    return read([Path(__file__).parent / f"{section}.toml" for section in SECTIONS])


def read(files: Sequence[Path]) -> tuple[Claim, ...]:
    """Return the claims of files, in their order.

    A ValueError names the file that is no TOML, or the claim that is wrong in it or there already.
    """
    claims: dict[str, Claim] = {}
    for file in files:
        try:
            entries = tomllib.loads(file.read_text(encoding="utf-8"))
            for name, entry in entries.items():
                if name in claims:
                    raise ValueError(f"{name} is there already: each claim may stand in one file")
                claims[name] = Claim.read(name, entry)
        except ValueError as error:  # what is no TOML is one, too
            raise ValueError(f"{file.name}: {error}") from None
    return tuple(claims.values())


def selected(
    claims: Sequence[Claim],
    *,
    verdict: str = "all",
    by: str = "all",
    names: Sequence[str] | None = None,
    text: str = "",
) -> list[Claim]:
    """Return the claims of a verdict, of a source text and of some names.

    All words of ``text`` must occur in name, claim, reason, scope or references, in any case.

    Examples
    --------
    >>> [claim.name for claim in selected(ledger(), verdict="wrong", text="layer NORM")]
    ['C88', 'C89']
    """
    words = text.casefold().split()
    return [
        claim
        for claim in claims
        if verdict in ("all", claim.verdict)
        and by in ("all", *claim.by)
        and (names is None or claim.name in names)
        and all(word in _words(claim) for word in words)
    ]


def _words(claim: Claim) -> str:
    """Return the text that a search looks through."""
    references = " ".join(reference.text for reference in claim.references)
    return f"{claim.name} {claim.claim} {claim.reason} {claim.scope} {references}".casefold()


def count(claims: Sequence[Claim]) -> str:
    """Return a count of claims by verdict.

    Examples
    --------
    >>> count(ledger()[:3])
    '3 claims: 1 true, 1 with a condition, 1 false as stated'
    >>> count([])
    'No claims'
    """
    if not claims:
        return "No claims"
    found = Counter(claim.verdict for claim in claims)
    parts = [f"{found[verdict]} {words}" for verdict, words in VERDICTS.items() if found[verdict]]
    return f"{len(claims)} claim{'s' * (len(claims) > 1)}: {', '.join(parts)}"
