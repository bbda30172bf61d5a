"""The labs of the app, in the order of the menu. A new lab is one line here and one page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lab:
    """One page of the app.

    Parameters
    ----------
    slug : str
        Snake case; the stem of the lab's modules and, except on the first page, of its URL.
        Settings are named ``<slug>_<field>`` in links.
    title : str
        Short name for the menu, the top bar and the browser's tab.
    question : str
        What the reader finds out there, as one question.
    group : str
        Heading in the menu. Labs of one group stand next to each other.
    page : str
        Script of the page, relative to the app's folder.
    claims : tuple of str
        Names of the claims in the ledger that this lab shows.

    Examples
    --------
    >>> lab("playground").page
    'app.py'
    """

    slug: str
    title: str
    question: str
    group: str
    page: str
    claims: tuple[str, ...] = ()


LABS: tuple[Lab, ...] = (
    Lab(
        slug="playground",
        title="Playground",
        question="What does batch normalization change while a network learns?",
        group="Start here",
        page="app.py",
    ),
    Lab(
        slug="anatomy",
        title="Anatomy of a BN layer",
        question="What does batch normalization compute, step by step?",
        group="Inside the layer",
        page="pages/anatomy.py",
        claims=(
            *("C02", "C03", "C05", "C06", "C07", "C08", "C10"),
            *("C29", "C33", "C37", "C69"),
        ),
    ),
    Lab(
        slug="axes",
        title="Axes explorer",
        question="Which numbers share a mean and a variance?",
        group="Inside the layer",
        page="pages/axes.py",
        claims=(
            *("C04", "C70", "C72", "C81", "C82"),
            *("C87", "C88", "C89", "C91", "C93", "C94", "C95", "C107"),
        ),
    ),
    Lab(
        slug="backward",
        title="The backward pass",
        question="What becomes of a gradient on its way down?",
        group="Inside the layer",
        page="pages/backward.py",
        claims=("C11", "C24", "C32", "C36", "C50"),
    ),
    Lab(
        slug="signal",
        title="Signal through depth",
        question="What reaches the last layer of a deep network, and what comes back?",
        group="Signal and optimization",
        page="pages/signal.py",
        claims=("C30", "C31", "C35", "C63", "C74", "C100", "C103"),
    ),
    Lab(
        slug="rates",
        title="Learning rate and initialization",
        question="Which learning rates and initial weights train, with BN and without?",
        group="Signal and optimization",
        page="pages/rates.py",
        claims=("C09", "C38", "C39", "C40", "C41", "C42", "C43", "C44", "C45", "C48", "C101"),
    ),
    Lab(
        slug="scale",
        title="Scale and effective rate",
        question="What does the length of the weights still do where BN follows?",
        group="Signal and optimization",
        page="pages/scale.py",
        claims=("C32", "C41", "C42", "C46", "C50", "C56", "C99"),
    ),
    Lab(
        slug="noise",
        title="Batch size and noise",
        question="How noisy are the statistics of a batch, and who feels it?",
        group="What depends on the batch",
        page="pages/noise.py",
        claims=(
            *("C18", "C34", "C51", "C52", "C53", "C54", "C57", "C58"),
            *("C60", "C61", "C62", "C63", "C64", "C66", "C97", "C105"),
        ),
    ),
    Lab(
        slug="train_eval",
        title="Train versus eval",
        question="Which statistics do train() and eval() use, and when does it matter?",
        group="What depends on the batch",
        page="pages/train_eval.py",
        claims=(
            *("C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21", "C22", "C23"),
            *("C60", "C65", "C66", "C67", "C76", "C83", "C84", "C85", "C86"),
        ),
    ),
    Lab(
        slug="epsilon",
        title="Epsilon, precision and shift",
        question="The test pictures are faded: does BN absorb it?",
        group="What depends on the batch",
        page="pages/epsilon.py",
        claims=("C05", "C47", "C59", "C78", "C98", "C102"),
    ),
    Lab(
        slug="why",
        title="Why does it work?",
        question="Is it the steady distributions that make BN work?",
        group="Explanations",
        page="pages/why.py",
        claims=("C25", "C26", "C27", "C28", "C29", "C31", "C32", "C33", "C75", "C108"),
    ),
    Lab(
        slug="regularization",
        title="Regularization",
        question="30% of the labels are wrong: does BN learn them by heart?",
        group="Explanations",
        page="pages/regularization.py",
        claims=("C11", "C51", "C55", "C57", "C58", "C68", "C104"),
    ),
    Lab(
        slug="family",
        title="The normalization family",
        question="Which norm for which batch, and what does each take away?",
        group="Alternatives and practice",
        page="pages/family.py",
        claims=(
            *("C60", "C68", "C76", "C87", "C88", "C90", "C91"),
            *("C92", "C93", "C94", "C95", "C96", "C97", "C98"),
        ),
    ),
    Lab(
        slug="systems",
        title="BN in real systems",
        question="Does a deployed conv + BN cost more than a conv?",
        group="Alternatives and practice",
        page="pages/systems.py",
        claims=(
            *("C06", "C08", "C09", "C11", "C12", "C13", "C20", "C21", "C22", "C23", "C24"),
            *("C69", "C70", "C71", "C72", "C73", "C77", "C80", "C81", "C106"),
        ),
    ),
    Lab(
        slug="claims",
        title="Ledger of claims",
        question="What is said about batch normalization, and is it true?",
        group="Proof",
        page="pages/claims.py",
    ),
    Lab(
        slug="quiz",
        title="True or false?",
        question="Which of these statements are false as stated?",
        group="Proof",
        page="pages/quiz.py",
    ),
    Lab(
        slug="proof",
        title="How do we know?",
        question="Are these numbers PyTorch's numbers?",
        group="Proof",
        page="pages/proof.py",
    ),
)


def lab(slug: str) -> Lab:
    """Find a lab by its slug.

    Raises
    ------
    ValueError
        If no lab has that slug.

    Examples
    --------
    >>> lab("playground").title
    'Playground'
    """
    for entry in LABS:
        if entry.slug == slug:
            return entry
    raise ValueError(f"slug must be one of {[entry.slug for entry in LABS]}, got {slug!r}")
