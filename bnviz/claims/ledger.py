"""All claims, read from the files beside this one; and what a reader picks out of them."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bnviz.claims.claim import VERDICTS, Claim

SECTIONS = (
    *("definition", "inference", "explanation", "gradients", "regularization"),
    *("batches", "architectures", "cost", "variants"),
)
"""The files, in the order of the claims."""


@cache
def ledger() -> tuple[Claim, ...]:
    """Read all claims, in their order.

    Examples
    --------
    >>> ledger()[2].name, ledger()[2].verdict
    ('C03', 'wrong')
    """
    claims: list[Claim] = []
    for section in SECTIONS:
        text = (Path(__file__).parent / f"{section}.toml").read_text(encoding="utf-8")
        claims += [Claim.read(name, entry) for name, entry in tomllib.loads(text).items()]
    return tuple(claims)


def selected(
    claims: Sequence[Claim],
    *,
    verdict: str = "all",
    by: str = "all",
    names: Sequence[str] | None = None,
    text: str = "",
) -> list[Claim]:
    """Pick claims.

    Parameters
    ----------
    claims : sequence of Claim
    verdict : str
        One of `VERDICTS`, or "all".
    by : str
        One of `TEXTS`, or "all": only claims of this source text.
    names : sequence of str, optional
        Only claims of these names.
    text : str
        Words that must all occur in name, claim, reason or references, in any case.

    Examples
    --------
    >>> [claim.name for claim in selected(ledger(), verdict="wrong", text="layer NORM")]
    ['C72', 'C88', 'C89']
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
    """Give the text that a search looks through."""
    references = " ".join(reference.text for reference in claim.references)
    return f"{claim.name} {claim.claim} {claim.reason} {references}".casefold()


def count(claims: Sequence[Claim]) -> str:
    """Count claims by verdict.

    Examples
    --------
    >>> count(ledger()[:3])
    '3 claims: 1 true, 1 with a condition, 1 wrong as stated'
    >>> count([])
    'No claims'
    """
    if not claims:
        return "No claims"
    found = Counter(claim.verdict for claim in claims)
    parts = [f"{found[verdict]} {words}" for verdict, words in VERDICTS.items() if found[verdict]]
    return f"{len(claims)} claim{'s' * (len(claims) > 1)}: {', '.join(parts)}"
