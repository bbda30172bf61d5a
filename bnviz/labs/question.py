"""Questions of a lesson: predict, then see.

Predicting first is what makes a demonstration teach: students who only watch one understand no
better than those who saw none (Crouch, Fagen, Callan & Mazur 2004). Therefore a lesson asks before
it shows, and its answers say which idea stands behind a wrong guess.
"""

from dataclasses import dataclass

FEWEST_ANSWERS, MOST_ANSWERS = 2, 4
LETTERS = "abcd"
"""Names of the answers in links, in their order."""
SKIPPED = "skipped"
"""Stands in a link for a reader who did not want to predict."""


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
    """A question with two to four answers, one of them right; anything else is a ValueError.

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
        """Return the answer of this name."""
        if letter not in tuple(self.letters):
            raise ValueError(f"answer must be one of {', '.join(self.letters)}, got {letter!r}")
        return self.answers[self.letters.index(letter)]
