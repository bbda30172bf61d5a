"""A mixed quiz on the ledger: one statement at a time, which is true or false as stated."""

from dataclasses import dataclass
from typing import Annotated

import streamlit as st

from bnviz.claims import VERDICTS, Claim
from bnviz.claims.quiz import N_STATEMENTS, agrees, draw, n_right
from bnviz.settings import Range, check, readable
from bnviz.ui import address, page
from bnviz.ui.ledger import see

SLUG = "quiz"
ANSWERS = "answers"
LAST_SEED = 999
WORDS = {"t": "true", "f": "false as stated"}


@dataclass(frozen=True)
class Round:
    """Which statements are drawn."""

    seed: Annotated[int, Range("Seed", 0, LAST_SEED)] = 0

    def __post_init__(self) -> None:
        check(self)


def answered() -> str:
    """Return the letters answered so far; from a link only what can be answers.

    Older links say w, for wrong, where f stands now.
    """
    letters = address.state(SLUG).extras.get(ANSWERS, "").replace("w", "f")[:N_STATEMENTS]
    return letters if set(letters) <= set(WORDS) else ""


def set_aside() -> list[str]:
    """Return a sentence if a link's answers cannot be answers, else nothing."""
    letters = address.state(SLUG).extras.get(ANSWERS, "")
    if len(letters) == len(answered()):
        return []
    wanted = f"at most {N_STATEMENTS} letters, t for true or f for false"
    rest = f"the first {N_STATEMENTS} count" if answered() else "the round begins anew"
    return [f'"answers {readable(letters)}" is not {wanted}; {rest}']


def again(seed: int) -> None:
    """Begin a round with other statements."""
    state = address.state(SLUG)
    state.remember(ANSWERS, None)
    state.change({"seed": 0 if seed == LAST_SEED else seed + 1})


def ask(claim: Claim, answers: str) -> None:
    """Draw the next statement and the two answers."""
    with st.container(key="statement", border=True, gap="small"):
        st.caption(f"Statement {len(answers) + 1} of {N_STATEMENTS}. Nothing is graded.")
        st.markdown(f"#### {claim.claim}")
        st.caption(f"Scope: {claim.scope}.")
        with st.container(horizontal=True, gap="small"):
            for letter, words in WORDS.items():
                st.button(
                    words.capitalize(),
                    key=f"{SLUG}_{letter}_{len(answers)}",
                    on_click=address.state(SLUG).remember,
                    args=(ANSWERS, answers + letter),
                )


def show_answer(claim: Claim, letter: str) -> None:
    """Draw whether the answer was right, the verdict and the reason."""
    mark = ":green-badge[:material/check: right]"
    if not agrees(claim, letter):
        mark = ":red-badge[:material/close: not right]"
    said = f"You said **{WORDS[letter]}**. The statement is **{VERDICTS[claim.verdict]}**."
    where = f":small[:gray[{claim.name}. Holds for: {claim.where}]]"
    with st.container(key=f"told_{claim.name}", border=True, gap="small"):
        st.markdown(f"{mark} {said}\n\n**{claim.claim}** {claim.reason} {where}")
        see(claim)


with page.frame(SLUG, Round, (ANSWERS,)) as state:
    page.notes([*state.notes, *set_aside()])
    statements, answers = draw(state.settings.seed), answered()
    _, middle, _ = st.columns([1, 4, 1])
    given = list(zip(statements, answers, strict=False))
    with middle:
        if len(answers) < N_STATEMENTS:
            for claim, letter in given[-1:]:  # the answer to a statement comes before the next one
                show_answer(claim, letter)
            ask(statements[len(answers)], answers)
            given = given[:-1]
        else:
            right = n_right(statements, answers)
            page.takeaway(
                f"**You judged {right} of {N_STATEMENTS} as the ledger does.** Each reason is "
                "below, with the lab that shows it."
            )
            st.button(
                "Again, with other statements",
                key=f"{SLUG}_again",
                icon=":material/refresh:",
                on_click=again,
                args=(state.settings.seed,),
            )
        for claim, letter in reversed(given):
            show_answer(claim, letter)
        address.link("All claims, in the ledger", "claims")
