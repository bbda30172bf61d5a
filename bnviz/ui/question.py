"""Questions on a page: predict before you see, and say what happens in another case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from bnviz.labs.lab import Lab
from bnviz.labs.question import SKIPPED, Question
from bnviz.settings import fields, readable
from bnviz.ui import address, page, sketch

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PREDICTED, TRANSFER = "predicted", "transfer"
"""Their names in links: ``anatomy_predicted=b``."""


def answered(slug: str, name: str, question: Question) -> str | None:
    """Return the letter that the reader chose or the link brings, or `SKIPPED`; None if it is open.

    A link that holds none of the answers leaves it open.
    """
    text = address.state(slug).extras.get(name)
    return text if text in (*question.letters, SKIPPED) else None


def moved(settings: DataclassInstance) -> list[str]:
    """Return where the settings, the seed aside, are not those of the question.

    One phrase a field, without markup: "batch size 8 instead of 32".
    """
    first = type(settings)()
    return [
        f"{mark.label[:1].lower()}{mark.label[1:]} {readable(mark.shown(now))} instead of "
        f"{readable(mark.shown(asked))}"
        for name, mark in fields(type(settings)).items()
        if name != "seed" and (now := getattr(settings, name)) != (asked := getattr(first, name))
    ]


def ask(slug: str, lab: Lab, settings: DataclassInstance) -> None:
    """Draw the question that comes before the plot, and two ways on: commit, or skip.

    Where the first view has a sketch, its empty axes stand beside the answers.
    """
    away, drawn = moved(settings), sketch.taken(slug, lab.first)
    with st.container(key="question", border=True, gap="small"):
        st.caption(f":material/flag: {lab.goal}")
        st.markdown(f"#### {lab.question.text}")
        if away:
            st.text(
                "The question is about the first settings. The controls have "
                f"{', '.join(away)}; the result follows the controls."
            )
        letter = _choice(slug, PREDICTED, lab.question, "Your prediction")
        sketch.offer(slug, lab.first, settings)
        with st.container(horizontal=True, gap="small"):
            remember = address.state(slug).remember
            st.button(
                "Show me what happens",
                key=f"{slug}_commit",
                type="primary",
                disabled=letter is None and not drawn,
                on_click=remember,
                args=(PREDICTED, letter or SKIPPED),
            )
            st.button(
                "Skip, show me",
                key=f"{slug}_skip",
                type="tertiary",
                on_click=remember,
                args=(PREDICTED, SKIPPED),
            )
        st.caption(
            "Predict first, even if you are not sure: a wrong guess teaches as much as a right "
            "one. Nothing is graded. Your answer stays beside the result, and in the link."
        )


def recall_prediction(slug: str, question: Question, letter: str, *, away: bool) -> None:
    """Draw the reader's prediction with its feedback.

    ``away`` tells whether the settings are no longer those that the question is about.
    """
    words = verdict(question, letter)
    if away:
        words = f":gray[:material/flag: For the settings of the question:] {words}"
    with st.container(
        key="prediction", horizontal=True, vertical_alignment="center", gap="small", border=True
    ):
        st.markdown(words, width="stretch")
        st.button(
            "Ask me again",
            key=f"{slug}_again",
            type="tertiary",
            help="Hides the result and asks the question once more.",
            on_click=address.state(slug).remember,
            args=(PREDICTED, None),
        )


def verdict(question: Question, letter: str, said: str = "Your prediction") -> str:
    """Return what was predicted, whether it happens, and why, as Markdown.

    ``letter`` is one of the question's, or `SKIPPED`; ``said`` is what the choice is called.
    """
    right = next(answer for answer in question.answers if answer.right)
    if letter == SKIPPED:
        return f":gray[The answer] **{_sentence(right.text)}** {right.feedback}"
    chosen = question.answer(letter)
    outcome = ":material/check: That is right." if chosen.right else "It turns out otherwise."
    return f"{said}: **{_sentence(chosen.text)}** {outcome} {chosen.feedback}"


def _sentence(text: str) -> str:
    """Return an answer with a full stop at its end, if it has no end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def transfer(slug: str, question: Question) -> None:
    """Draw the question that carries the idea to another case; feedback and way on come at once.

    The browser takes the key of the container for the sign that the page is done; see ``path.js``.
    """
    st.markdown(question.text)
    letter = _choice(slug, TRANSFER, question, "Your answer", remembered=True)
    if letter is not None:
        with st.container(key=f"done_{slug}", gap="small"):
            st.markdown(verdict(question, letter, "Your answer"))
            page.onward(slug)


def _choice(
    slug: str, name: str, question: Question, label: str, *, remembered: bool = False
) -> str | None:
    """Draw the answers and return the letter of the one that is chosen.

    A new key for each visit: a link that is followed sets the choice anew.
    """
    key = f"{slug}_{name}_{address.state(slug).visit}"
    linked = answered(slug, name, question)

    def keep() -> None:
        address.state(slug).remember(name, st.session_state[key])

    return st.radio(
        label,
        list(question.letters),
        index=question.letters.find(linked) if linked and linked != SKIPPED else None,
        format_func=lambda letter: question.answer(letter).text,
        key=key,
        on_change=keep if remembered else None,
        label_visibility="collapsed",
    )
