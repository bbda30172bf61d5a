"""What a lesson is made of: predict, run, explain. Plain data; ``bnviz.ui.lesson`` draws it.

Predicting first is what makes a demonstration teach: students who only watch one understand no
better than those who saw none (Crouch, Fagen, Callan & Mazur 2004). Therefore a lesson asks before
it shows, and its answers say which idea stands behind a wrong guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Literal

FEWEST_ANSWERS, MOST_ANSWERS = 2, 4
LETTERS = "abcd"
"""Names of the answers in links, in their order."""
SKIPPED = "skipped"
"""Stands in a link for a reader who did not want to predict."""

Evidence = Literal["proved", "measured here", "reported", "contested"]


@dataclass(frozen=True)
class Answer:
    """One answer that a reader may choose.

    Parameters
    ----------
    text : str
        Short Markdown.
    feedback : str
        Said after the choice, Markdown: the idea behind a wrong answer, without blame, and what
        happens instead; or why the right one is right.
    right : bool
        Whether this is what happens.
    """

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with two to four answers, one of them right.

    Parameters
    ----------
    text : str
        Markdown.
    answers : tuple of Answer

    Raises
    ------
    ValueError
        If there are fewer than two answers or more than four, or not exactly one is right.

    Examples
    --------
    >>> question = Question(
    ...     text="Heads?", answers=(Answer("yes", "It was heads.", right=True), Answer("no", ""))
    ... )
    >>> question.answer("b").text
    'no'
    """

    text: str
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        n, n_right = len(self.answers), sum(answer.right for answer in self.answers)
        if not FEWEST_ANSWERS <= n <= MOST_ANSWERS:
            raise ValueError(
                f"a question has {FEWEST_ANSWERS} to {MOST_ANSWERS} answers, got {n}: {self.text!r}"
            )
        if n_right != 1:
            raise ValueError(f"one answer must be right, got {n_right}: {self.text!r}")

    @property
    def letters(self) -> str:
        """The names of its answers in links, one letter each."""
        return LETTERS[: len(self.answers)]

    def answer(self, letter: str) -> Answer:
        """Return the answer of this name.

        Raises
        ------
        ValueError
            If no answer has it.
        """
        if letter not in tuple(self.letters):
            raise ValueError(f"answer must be one of {', '.join(self.letters)}, got {letter!r}")
        return self.answers[self.letters.index(letter)]


@dataclass(frozen=True)
class Claim:
    """A sentence of the page, and how it is known.

    Parameters
    ----------
    text : str
        Markdown.
    evidence : {"proved", "measured here", "reported", "contested"}
    source : str
        Paper and place; wanted for what is reported or contested.
    view : str
        The only view that it is about; the default is all of the lesson.

    Raises
    ------
    ValueError
        If a reported or contested claim names no source.
    """

    text: str
    evidence: Evidence
    source: str = ""
    view: str = ""

    def __post_init__(self) -> None:
        if self.evidence in ("reported", "contested") and not self.source:
            raise ValueError(f"what is {self.evidence} needs a source: {self.text!r}")


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """All words of a lab that do not depend on its run.

    Parameters
    ----------
    goal : str
        What the reader will be able to do, one sentence.
    question : Question
        Asked before anything is shown.
    vary : str
        The one field of the settings that is free at first; the others are shown locked.
    views : mapping of str to str
        Name in the link -> label; the first one answers the question.
    frees : mapping of str to tuple of str
        View -> the fields that are free instead of ``vary`` while it is on show.
    claims : tuple of Claim
    code : tuple of callable
        The functions and classes that did it; their source is shown.
    code_of : mapping of str to tuple of callable
        View -> those of ``code`` that it shows instead of all of them.
    notes : mapping of str to tuple of Claim
        View -> where in practice its mechanism matters, and what is done there.
    try_this : str
        The next experiment, Markdown.
    tries : mapping of str to str
        View -> the next experiment, where it is another one.
    transfer : Question
        What happens in another case?
    sources : str

    Raises
    ------
    ValueError
        If there is no view, or one of the mappings names one that is none.
    """

    goal: str
    question: Question
    vary: str
    views: Mapping[str, str]
    claims: tuple[Claim, ...]
    code: tuple[Callable[..., Any], ...]
    try_this: str
    transfer: Question
    sources: str
    frees: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code_of: Mapping[str, tuple[Callable[..., Any], ...]] = field(default_factory=dict)
    notes: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)
    tries: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("frees", "code_of", "notes", "tries"):
            strangers = set(getattr(self, name)) - set(self.views)
            self._refuse(name, strangers)
        self._refuse("claims", {claim.view for claim in self.claims} - {"", *self.views})

    def _refuse(self, name: str, strangers: Set[str]) -> None:
        if not self.views or strangers:
            raise ValueError(
                f"a lesson needs views, and {name} names only these: got {list(self.views)} "
                f"and {sorted(strangers)}"
            )

    def claims_of(self, view: str) -> list[Claim]:
        """Return the claims that this view is about: its own, then those of the whole lesson."""
        return [claim for name in (view, "") for claim in self.claims if claim.view == name]

    @property
    def first_view(self) -> str:
        """The view that answers the question."""
        return next(iter(self.views))

    def free(self, view: str) -> tuple[str, ...]:
        """Return the fields that a reader may change before unlocking all."""
        return self.frees.get(view, (self.vary,))
