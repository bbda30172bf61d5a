"""The ledger of claims: complete, with a lab that shows each claim and a test that guards it."""

import ast
import re
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from bnviz.claims import READ, TEXTS, VERDICTS, Claim, count, ledger, selected
from bnviz.claims.ledger import read
from bnviz.claims.quiz import ASKED, N_STATEMENTS, draw, n_right, pool
from bnviz.settings import from_query
from bnviz.ui.registry import pages
from tests.lessons import LESSONS

ROOT = Path(__file__).parents[1]
CONVENTIONS = {"C12", "C13", "C20", "C21", "C22", "C83"}
"""What is a choice, and neither true nor false."""
PICKS = {"doctor": {"fault"}, "playground": {"site", "statistic"}}
"""What may stand in a link beside settings."""
ENTRY = {
    **{"claim": "a", "by": "S0", "verdict": "true", "reason": "b", "scope": "always"},
    "refs": ["measured"],
}


@cache
def functions(file):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_all_claims_are_there_once():
    assert sorted(int(claim.name[1:]) for claim in ledger()) == list(range(1, 109))
    assert all(re.fullmatch(r"C(0\d|[1-9]\d+)", claim.name) for claim in ledger())
    assert len({claim.claim for claim in ledger()}) == len(ledger())


def test_each_is_guarded_by_a_test_that_there_is_or_rests_on_literature():
    for claim in ledger():
        if claim.literature_only:
            assert not claim.tests
            assert "measured" not in {reference.how for reference in claim.references}, claim.name
            continue
        assert claim.tests
        assert len(set(claim.tests)) == len(claim.tests), claim.name
        for test in claim.tests:
            file, _, function = test.partition("::")
            assert function in functions(file), (claim.name, test)
            assert function.startswith("test_")


def test_most_claims_are_shown_and_guarded():
    assert sum(claim.literature_only for claim in ledger()) <= 3


def test_the_lab_of_a_claim_says_that_it_shows_it():
    shown = {entry.slug: entry.claims for entry in pages()}
    for claim in ledger():
        if claim.place is not None:
            assert claim.name in shown[claim.place.lab], claim.name


def test_labs_show_claims_that_there_are():
    names = {claim.name for claim in ledger()}
    for entry in pages():
        assert set(entry.claims) <= names, entry.slug
        assert len(set(entry.claims)) == len(entry.claims), entry.slug


def test_every_link_is_read_without_setting_anything_aside():
    for claim in ledger():
        if claim.place is None:
            continue
        slug, query = claim.place.lab, dict(claim.place.query)
        module = import_module(f"bnviz.labs.{slug}")
        settings_class = getattr(module, "Request", None) or module.Settings
        if slug in LESSONS:
            assert query.pop("predicted") == "skipped", claim.name
            assert module.LAB.view(query.pop("view")), claim.name
        settings = {f"{slug}_{n}": v for n, v in query.items() if n not in PICKS.get(slug, ())}
        _, notes = from_query(settings_class, settings, slug)
        assert notes == [], claim.name


def test_words_are_short_and_whole():
    for claim in ledger():
        assert claim.claim.endswith(".")
        assert claim.reason.endswith(".")
        assert len(re.findall(r"[.;?!] ", claim.reason)) <= 4, claim.name
        assert len(claim.claim) <= 130, claim.name
        assert len(claim.reason) <= 290, claim.name
        assert len(claim.scope) <= 120, claim.name
        assert claim.references
        for reference in claim.references:
            assert (reference.how == "measured") == (not reference.what), claim.name


def test_what_could_not_be_read_is_not_printed_as_a_number():
    """A number is measured or derived here; beside a source from memory its sentence says so."""
    for claim in ledger():
        how = {reference.how for reference in claim.references}
        if "memory" in how:
            for sentence in re.split(r"(?<=[.?!]) ", claim.reason):
                assert not re.search(r"\d", sentence) or re.search(r"\b[Hh]ere\b", sentence), (
                    claim.name
                )
        if not how & {"measured", "derived"} and claim.name != "C22":  # its number is the subject
            assert not re.search(r"\d[.,]\d|\d\s?%", claim.claim + claim.reason), claim.name


NOT_TRAINED = (
    r"always|by definition|history|as published|documented|no run|at the start|random|matter"
)


def test_each_verdict_says_what_it_holds_for():
    """Data, rate and steps where something learned; else that it holds always, or is reported."""
    for claim in ledger():
        if re.search(r"\d steps\b(?! at the start)", claim.scope):
            assert re.search(r"\brates?\b", claim.scope), claim.name
            assert re.search(r"digits|samples|labels", claim.scope), claim.name
        else:
            assert re.search(NOT_TRAINED, claim.scope), claim.name


def test_a_share_of_seeds_is_of_at_least_ten():
    for claim in ledger():
        if claim.held:
            held, of = map(int, claim.held.split(" of "))
            assert 10 <= of <= 20
            assert held > 0.8 * of
            assert "measured" in {reference.how for reference in claim.references}


def test_a_choice_is_called_neither_true_nor_false():
    assert {c.verdict for c in ledger() if c.name in CONVENTIONS} == {"condition"}


def test_the_count_is_that_of_the_claims():
    found = Counter(claim.verdict for claim in ledger())
    for verdict, words in VERDICTS.items():
        assert f"{found[verdict]} {words}" in count(ledger())
    assert count(ledger()).startswith("108 claims: ")
    assert count(ledger()[:1]) == "1 claim: 1 true"


def test_a_search_wants_all_words_in_any_case():
    assert [claim.name for claim in selected(ledger(), text="c47")] == ["C47"]
    assert [claim.name for claim in selected(ledger(), text="SPECTRAL cancelled")] == ["C99"]
    assert selected(ledger(), text="spectral nowhere") == []
    assert {claim.by for claim in selected(ledger(), by="S4")} >= {("S4",), tuple(TEXTS)}
    assert all("S4" in claim.by for claim in selected(ledger(), by="S4"))
    only = selected(ledger(), verdict="wrong", names=["C03", "C04"])
    assert [claim.name for claim in only] == ["C03"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verdict": "maybe"}, "verdict must be one of"),
        ({"by": "S9"}, "by must name some of"),
        ({"by": " "}, "by must name some of"),
        ({"refs": ["hearsay: x"]}, "refs must begin with"),
        ({"see": "anatomy steps"}, "see and tests or neither"),
        ({"sea": "anatomy steps", "tests": ["x"]}, "see and tests or neither"),
        ({"see": "anatomy steps pairs", "tests": ["x"]}, "at most one view"),
        ({"see": "anatomy steps"}, r"C01 must have .*missing \['tests'\], unknown \[\]"),
        ({"sea": "anatomy"}, r"C01 must have .*missing \[\], unknown \['sea'\]"),
        ({"verdict": "maybe"}, "C01: verdict must be one of .* got 'maybe'"),
        ({"verdict": ["true"]}, r"C01: verdict must be a text.* got \['true'\]"),
        ({"by": 3}, "C01: by must be a text.* got 3"),
        ({"refs": "measured"}, "C01: refs must be a list of texts.* got 'measured'"),
        ({"refs": []}, r"C01: refs must be a list of texts, at least one.* got \[\]"),
        ({"refs": [3]}, r"C01: refs must be a list of texts.* got \[3\]"),
        ({"refs": ["hearsay: x"]}, "C01: refs must begin with"),
        ({"see": " ", "tests": ["x"]}, "C01: see must be 'lab view name=value"),
        ({"see": "anatomy", "tests": "a::b"}, "C01: tests must be a list of texts.* got 'a::b'"),
        ({"claim": ""}, "C01: claim must be a text.* got ''"),
        ({"scope": ""}, "C01: scope must be a text.* got ''"),
        ({"held": 10}, "C01: held must be a text.* got 10"),
    ],
)
def test_a_bad_entry_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        Claim.read("C01", {**ENTRY, **change})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[C02]\nclaim = 3", "b.toml: C02 must have"),
        ("C02 = 3", "b.toml: C02 must be a table, got 3"),
        ("[C02\n", "b.toml: .*line 1"),
        ("{entry}", "b.toml: C01 is there already"),
        ("{entry}\n{entry}", "b.toml: .*C01"),
    ],
    ids=["missing", "number", "damaged", "in another file", "in the same file"],
)
def test_a_bad_file_of_the_ledger_is_named(tmp_path, text, words):
    entry = "[C01]\n" + "\n".join(f"{key} = {value!r}" for key, value in ENTRY.items())
    first, second = (tmp_path / name for name in ("a.toml", "b.toml"))
    first.write_text(entry)
    assert [claim.name for claim in read([first])] == ["C01"]
    second.write_text(text.replace("{entry}", entry))
    with pytest.raises(ValueError, match=words):
        read([first, second])


def test_texts_and_ways_of_reading_are_all_in_use():
    assert {text for claim in ledger() for text in claim.by} == set(TEXTS)
    assert {reference.how for claim in ledger() for reference in claim.references} == set(READ)


def test_the_quiz_draws_only_on_what_two_readers_would_judge_alike():
    assert {claim.name for claim in pool("wrong") + pool("true")} == ASKED
    assert not ASKED & CONVENTIONS
    for claim in pool("wrong") + pool("true"):
        assert re.match(r"always|by definition|at the start", claim.scope), (
            claim.name
        )  # no run decides
    seen = set()
    for seed in range(60):
        drawn = draw(seed)
        seen |= {claim.name for claim in drawn}
        assert len({claim.name for claim in drawn}) == N_STATEMENTS
        assert Counter(claim.verdict for claim in drawn)["wrong"] in (2, 3, 4)
        assert {claim.verdict for claim in drawn} == {"true", "wrong"}
    assert seen == ASKED
    assert len({draw(seed)[0].verdict for seed in range(20)}) == 2


def test_answers_are_counted_against_the_ledger():
    drawn = draw(3)
    right = "".join(claim.verdict[0] for claim in drawn)
    assert n_right(drawn, right) == N_STATEMENTS
    assert n_right(drawn, right[:4]) == 4
    assert n_right(drawn, right.translate(str.maketrans("tw", "wt"))) == 0
