"""A mixed quiz: statements of the ledger that are true, and some that are false as stated.

It asks only for what two readers of the same papers would judge alike: what a definition, a formula
or the papers settle, and nothing that a run on digits, a convention or a taste decides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from bnviz.claims.claim import Claim
from bnviz.claims.ledger import ledger

N_STATEMENTS = 6
N_WRONG = (2, 3, 4)
"""How many of the statements may be wrong, so that counting does not tell the last answer."""


ASKED = {
    *("C03", "C10", "C14", "C33", "C36", "C53", "C88"),
    *("C04", "C06", "C16", "C18", "C24", "C46", "C64", "C80", "C87", "C94"),
}
"""Names of the statements that may be drawn: some that are false as stated, some that are true."""


def pool(verdict: str) -> list[Claim]:
    """Return the claims of a verdict that may be drawn."""
    return [c for c in ledger() if c.verdict == verdict and c.name in ASKED]


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
