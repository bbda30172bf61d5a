"""In how many seeds the sentences of the labs hold, and the claims of the ledger.

No setting was chosen by these seeds. One of each runs always, or a guard in its place; with
``pytest -m long`` all are counted, and the share on the page must be theirs.
"""

import re
from importlib import import_module
from pathlib import Path

import pytest

from bnviz.claims import ledger
from tests.held.share import TWENTY, holds
from tests.lessons import LESSONS, lab

STEMS = sorted(file.stem for file in (Path(__file__).parent / "held").glob("*.py"))
FILES = {stem: import_module(f"tests.held.{stem}") for stem in STEMS}
FILES = {slug: file for slug, file in FILES.items() if hasattr(file, "HELD")}
"""Labs in which something is measured."""
FORMULAS = ("anatomy",)
"""Labs in which all is proved."""
SHARES = [(slug, held) for slug, file in FILES.items() for held in file.HELD]
QUESTIONS = [
    (slug, name, check) for slug, file in FILES.items() for name, check in file.QUESTIONS.items()
]
LEDGER = {claim.name: claim for claim in ledger()}
ALL_SHARES = pytest.mark.parametrize(
    ("slug", "held"), [pytest.param(*one, id=f"{one[0]}: {one[1].begin[:40]}") for one in SHARES]
)
ALL_QUESTIONS = pytest.mark.parametrize(("slug", "name", "check"), QUESTIONS)
ENOUGH = 0.9
"""Share of the seeds in which a sentence must hold, unless it has the share in its own words."""


def sentences(slug):
    """Give what a lab says with a mark."""
    if slug not in LESSONS:
        return []
    of = lab(slug)
    return [*of.claims, *(c for view in of.views for c in (*view.claims, *view.notes))]


def said(slug, held):
    """Give the share that the page says."""
    if held.begin in LEDGER:
        share, text = LEDGER[held.begin].held, LEDGER[held.begin].reason
    else:
        (sentence,) = (c for c in sentences(slug) if c.text.startswith(held.begin))
        share, text = sentence.held, sentence.text
    return re.findall(held.words, text)[0] if held.words else share


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slug", "held"),
    [pytest.param(*one, id=f"{one[0]}: {one[1].begin[:40]}") for one in SHARES if not one[1].guard],
)
def test_it_holds_in_a_seed_that_chose_nothing(slug, held):
    """One whose share stands in its words may do so in one of five."""
    some = held.seeds[:5] if held.words else held.seeds[:1]
    assert any(holds(held.check, seed) for seed in some), (slug, held.begin)


@pytest.mark.long
@ALL_SHARES
def test_the_page_says_in_how_many_seeds_it_holds(slug, held):
    n = sum(holds(held.check, seed) for seed in held.seeds)
    assert said(slug, held) == f"{n} of {len(held.seeds)}"


def test_a_guard_is_a_test_that_always_runs():
    guards = {held.guard for _, held in SHARES if held.guard}
    for file, name in (guard.split("::") for guard in guards):
        source = (Path(__file__).parents[1] / file).read_text("utf-8")
        (marks,) = re.findall(rf"((?:^@.*\n)*)^def {name}\(", source, re.M)
        assert "long" not in marks, name


@ALL_SHARES
def test_a_share_is_of_ten_seeds_or_more_and_most_of_them(slug, held):
    n, of = map(int, said(slug, held).split(" of "))
    assert of == len(held.seeds) == len(set(held.seeds)) >= 10
    assert n >= ENOUGH * of or held.words


@pytest.mark.slow
@ALL_QUESTIONS
def test_a_question_has_its_answer_in_a_new_seed(slug, name, check):
    assert getattr(lab(slug), name)
    assert holds(check, TWENTY[0])


@pytest.mark.long
@ALL_QUESTIONS
def test_a_question_has_its_answer_in_18_of_20_seeds(slug, name, check):
    n = sum(holds(check, seed) for seed in TWENTY)
    assert n >= 18, (slug, name, n)


def test_all_that_is_measured_says_its_share():
    counted = {(slug, held.begin) for slug, held in SHARES}
    for slug in (*FILES, *FORMULAS):
        for sentence in sentences(slug):
            if sentence.evidence == "measured here":
                assert any(s == slug and sentence.text.startswith(b) for s, b in counted), (
                    sentence.text
                )
    for claim in ledger():
        if claim.place is not None and claim.place.lab in (*FILES, *FORMULAS):
            measured = "measured" in {reference.how for reference in claim.references}
            assert measured == bool(claim.held), claim.name
