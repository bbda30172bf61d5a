"""A mixed quiz: statements of the ledger that are true, and some that are false as stated."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bnviz.claims.claim import Claim
from bnviz.claims.ledger import ledger

N_STATEMENTS = 6
N_WRONG = (2, 3, 4)
"""How many of the statements may be wrong, so that counting does not tell the last answer."""


def pool(verdict: str) -> list[Claim]:
    """Return the claims of a verdict that a lab shows."""
    return [c for c in ledger() if c.verdict == verdict and not c.literature_only]


def draw(seed: int) -> tuple[Claim, ...]:
    """Return the statements of one round, the same for the same seed.

    Examples
    --------
    >>> len(draw(0)), draw(0) == draw(0), draw(0) == draw(1)
    (6, True, False)
    """
    dice = random.Random(seed)
    n_wrong = dice.choice(N_WRONG)
    drawn = dice.sample(pool("wrong"), n_wrong) + dice.sample(pool("true"), N_STATEMENTS - n_wrong)
    dice.shuffle(drawn)
    return tuple(drawn)


def n_right(claims: Sequence[Claim], answers: str) -> int:
    """Return how many answers, "t" or "f" for each of the first claims, agree with the ledger.

    Examples
    --------
    >>> n_right(pool("wrong"), "fft")
    2
    """
    return sum(map(agrees, claims, answers))


def agrees(claim: Claim, letter: str) -> bool:
    """Return whether an answer, "t" or "f", is the ledger's own."""
    return (claim.verdict == "true") == (letter == "t")
