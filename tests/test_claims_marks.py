"""The marks in the labs and the verdicts of the ledger: one statement has one judgement."""

import re
from importlib import import_module

import pytest

from bnviz.claims import ledger
from tests.lessons import LESSONS

LEDGER = {claim.name: claim for claim in ledger()}
CONTESTED = {
    ("signal", "Problems “in the early stages"): "C30",
    ("rates", "BN avoids poor local minima"): "C45",
    ("rates", "γ evens out, or tells"): "C09",
    ("train_eval", "Whether small batches regularize"): "C104",
    ("epsilon", "BN makes a network robust"): "C59",
    ("epsilon", "BN helps most where"): "C49",
    ("why", "“BN speeds up training because"): "C28",
    ("why", "“BN reduces internal covariate shift"): "C27",
    ("sequences", "Gains of BN in language tasks"): "C77",
    ("sequences", "In a recurrence BN carries"): "C71",
    ("systems", "γ tells how important a feature is"): "C09",
}
"""What a lab calls contested -> the claim that says the same, which must be disputed."""
ALONE = {
    ("scale", "“L2 regularization works on BN networks"),
    ("why", "“BN works because it makes the loss smoother"),
    ("regularization", "“BN makes dropout and weight decay unnecessary"),
}
"""What a lab calls contested and no text of the ledger says."""
PROVED = {
    ("anatomy", "Mean 0 and variance"): ("C02", "condition"),
    ("anatomy", "No x̂ is larger"): ("C37", "condition"),
    ("backward", "It does not normalize gradients"): ("C36", "wrong"),
    ("signal", "At the start, with γ = 1, BN does not abolish"): ("C35", "condition"),
    ("signal", "At the start averaging over more samples"): ("C63", "wrong"),
    ("why", "BN leaves the correlation"): ("C33", "wrong"),
    ("train_eval", "A running variance that starts at 0"): ("C20", "condition"),
    ("systems", "In evaluation BN after a convolution folds"): ("C81", "condition"),
    ("systems", "The bias of a convolution before BN is dead"): ("C24", "true"),
    ("scale", "BN(a·W x) = BN(W x)"): ("C46", "true"),
    ("scale", "Spectral normalization before BN"): ("C99", "disputed"),
    ("noise", "Without batch norm, E|g|²"): ("C62", "condition"),
    ("noise", "The noise is in **both**"): ("C52", "condition"),
}
"""What a lab calls proved -> the claim that it settles or limits, and its verdict."""
REPORTED = {
    ("family", "Ghost BN improves"): None,
    ("family", "Instance norm does not preserve"): ("C95", "wrong"),
    ("noise", "The noise regularizes"): ("C51", "condition"),
    ("why", "“BN makes the loss smoother along"): ("C31", "condition"),
    ("placement", "In generative adversarial networks"): ("C73", "condition"),
}


def marked(evidence):
    """Give (lab, statement) of each statement with a mark."""
    found = []
    for slug in LESSONS:
        lab = import_module(f"bnviz.labs.{slug}").LAB
        parts = [*lab.claims, *(c for view in lab.views for c in (*view.claims, *view.notes))]
        found += [(slug, claim) for claim in parts if claim.evidence == evidence]
    return found


def statement(place, evidence):
    """Give the one statement of a lab that begins so and has this mark."""
    slug, begin = place
    (found,) = (c for s, c in marked(evidence) if s == slug and c.text.startswith(begin))
    return found


def test_what_a_lab_calls_contested_the_ledger_calls_disputed():
    for place, name in CONTESTED.items():
        assert statement(place, "contested")
        assert LEDGER[name].verdict == "disputed", (place, name)
    known = {*CONTESTED, *ALONE}
    for slug, claim in marked("contested"):
        assert any(s == slug and claim.text.startswith(begin) for s, begin in known), claim.text


@pytest.mark.parametrize(("mark", "table"), [("proved", PROVED), ("reported", REPORTED)])
def test_what_a_lab_calls_proved_or_reported_fits_the_verdict(mark, table):
    for place, judged in table.items():
        assert statement(place, mark)
        if judged:
            assert LEDGER[judged[0]].verdict == judged[1], place


def test_what_is_proved_rests_on_no_training():
    """A number of epochs, steps or a rate would be a run's."""
    for slug, claim in marked("proved"):
        assert not re.search(r"\d+ (steps|epochs)|learning rate of|\bhere\b", claim.text), (
            slug,
            claim.text,
        )


@pytest.mark.parametrize("evidence", ["reported", "contested"])
def test_what_a_lab_has_from_memory_it_prints_no_number_of(evidence):
    for _, claim in marked(evidence):
        if "from memory" in claim.source:
            assert not re.search(r"\d", claim.text), claim.text
