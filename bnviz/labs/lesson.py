"""All words of a lab that do not depend on its run. Labs that are one ``LAB`` do not need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from bnviz.labs.claim import Claim, Evidence
from bnviz.labs.question import LETTERS, SKIPPED, Answer, Question

__all__ = ["LETTERS", "SKIPPED", "Answer", "Claim", "Evidence", "Lesson", "Question"]


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
