"""The pages of the app, by group, in the order of the menu.

A new page is one entry here and one script in ``pages/``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page of the app.

    Parameters
    ----------
    slug : str
        Snake case; the stem of the page's script and, except on the first page, of its URL.
        Settings are named ``<slug>_<field>`` in links.
    title : str
        Short name for the menu, the top bar and the browser's tab.
    question : str
        What the reader finds out there, as one question.
    shows : str
        Names of the claims in the ledger that can be seen there, parted by spaces.
    short : str
        The name of a stop of the path, in the bar.
    """

    slug: str
    title: str
    question: str
    shows: str = ""
    short: str = ""

    @property
    def claims(self) -> list[str]:
        """Names of the claims in the ledger that can be seen there."""
        return self.shows.split()

    @property
    def script(self) -> str:
        """The page's script, relative to the app's folder; the first page is the app itself."""
        return "app.py" if self == pages()[0] else f"pages/{self.slug}.py"


START = "Start: six stops, twenty minutes"
"""The heading of the path."""

MENU: dict[str, tuple[Page, ...]] = {
    "Playground": (
        Page(
            "playground",
            "Playground",
            "What does batch normalization change while a network learns?",
        ),
    ),
    "When something is wrong": (
        Page(
            "doctor",
            "What do you see?",
            "Right in train(), wrong in eval(): which fault is it, and what repairs it?",
            "C66 C83",
        ),
    ),
    START: (
        Page(
            "anatomy",
            "Anatomy of a BN layer",
            "What does batch normalization compute, step by step?",
            "C02 C03 C05 C06 C07 C08 C10 C29 C33 C37 C69",
            short="Anatomy",
        ),
        Page(
            "signal",
            "Signal through depth",
            "What reaches the last layer of a deep network, and what comes back?",
            "C30 C31 C35 C63 C74 C100 C103",
            short="Signal",
        ),
        Page(
            "rates",
            "Learning rate and initialization",
            "Which learning rates and initial weights train, with BN and without?",
            "C09 C38 C39 C40 C41 C42 C43 C44 C45 C48 C101",
            short="Rates",
        ),
        Page(
            "noise",
            "Batch size and noise",
            "How noisy are the statistics of a batch, and who feels it?",
            "C18 C34 C51 C52 C53 C54 C57 C58 C60 C61 C62 C63 C64 C66 C97 C105",
            short="Noise",
        ),
        Page(
            "train_eval",
            "Train versus eval",
            "Which statistics do train() and eval() use, and when does it matter?",
            "C14 C15 C16 C17 C18 C19 C20 C21 C22 C23 C60 C65 C66 C67 C76 C83 C84 C85 C86",
            short="Train, eval",
        ),
        Page(
            "backward",
            "The backward pass",
            "What becomes of a gradient on its way down?",
            "C11 C24 C32 C36 C50",
            short="Backward",
        ),
    ),
    "Deeper: the layer and its scale": (
        Page(
            "axes",
            "Axes explorer",
            "Which numbers share a mean and a variance?",
            "C04 C70 C72 C81 C82 C87 C88 C89 C91 C93 C94 C95 C107",
        ),
        Page(
            "scale",
            "Scale and effective rate",
            "What does the length of the weights still do where BN follows?",
            "C32 C41 C42 C46 C50 C56 C99",
        ),
        Page(
            "epsilon",
            "Epsilon, precision and shift",
            "The test pictures are faded: does BN absorb it?",
            "C05 C47 C59 C78 C98 C102",
        ),
    ),
    "Deeper: explanations": (
        Page(
            "why",
            "Why does it work?",
            "Is it the steady distributions that make BN work?",
            "C25 C26 C27 C28 C29 C31 C32 C33 C75 C108",
        ),
        Page(
            "regularization",
            "Regularization",
            "30% of the labels are wrong: does BN learn them by heart?",
            "C11 C51 C55 C57 C58 C68 C104",
        ),
    ),
    "Deeper: alternatives and practice": (
        Page(
            "family",
            "The normalization family",
            "Which norm for which batch, and what does each take away?",
            "C60 C68 C76 C87 C88 C90 C91 C92 C93 C94 C95 C96 C97 C98",
        ),
        Page(
            "systems",
            "Folding and cost",
            "Does a deployed conv + BN cost more than a conv?",
            "C06 C08 C09 C11 C20 C21 C22 C23 C24 C80 C81 C106",
        ),
        Page(
            "placement",
            "Where BN may stand",
            "Before or after the activation, and what does a batch of one kind hide?",
            "C12 C13 C73",
        ),
        Page(
            "sequences",
            "Sequences",
            "What do padding and time do to batch statistics?",
            "C69 C70 C71 C72 C77",
        ),
    ),
    "Proof": (
        Page(
            "claims",
            "Ledger of claims",
            "What is said about batch normalization, and is it true?",
        ),
        Page(
            "quiz",
            "True or false?",
            "Which of these statements are false as stated?",
        ),
        Page(
            "proof",
            "How do we know?",
            "Are these numbers PyTorch's numbers?",
        ),
    ),
}
"""Heading in the menu -> the pages below it."""


MOVED = {
    ("systems", "pure"): "placement",
    ("systems", "leak"): "placement",
    ("systems", "placement"): "placement",
    ("systems", "sequences"): "sequences",
    ("systems", "recurrence"): "sequences",
}
"""(slug, view) of older links -> the page where this view is now."""


def pages() -> list[Page]:
    """Return all pages in the order of the menu."""
    return [page for group in MENU.values() for page in group]


def path() -> tuple[Page, ...]:
    """Return the stops of the path, in their order."""
    return MENU.get(START, ())


def following(slug: str) -> Page:
    """Return the page to go on with: the next stop, then the pages that go deeper, in a circle.

    Examples
    --------
    >>> following("anatomy").slug, following("backward").slug, following("proof").slug
    ('signal', 'axes', 'playground')
    """
    every = pages()
    return every[(every.index(page_of(slug)) + 1) % len(every)]


def page_of(slug: str) -> Page:
    """Return the page with this slug; raise ValueError if there is none.

    Examples
    --------
    >>> page_of("playground").script, page_of("axes").script
    ('app.py', 'pages/axes.py')
    """
    for page in pages():
        if page.slug == slug:
            return page
    raise ValueError(f"slug must be one of {[page.slug for page in pages()]}, got {slug!r}")
