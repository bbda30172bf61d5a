"""The catalogue of faults: complete, with sources that can be followed and links that work."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from bnviz.doctor.faults import NEEDED, faults, link
from bnviz.settings import from_query

ROOT = Path(__file__).parents[2]
FAULTS = list(faults().values())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
class TestEachFault:
    def test_says_all_that_is_asked(self, fault):
        for text in (fault.sentence, fault.cause, fault.price, fault.keras):
            assert text.endswith("."), text
        assert len(fault.sentence) <= 130
        assert len(fault.cause) <= 330
        assert len(fault.symptoms) >= 3
        assert len(fault.words) >= 7
        assert len(set(fault.words)) == len(fault.words)
        assert fault.sources
        assert set(fault.needs) <= set(NEEDED)

    def test_its_code_is_python(self, fault):
        ast.parse(fault.check)
        ast.parse(fault.repair)

    def test_its_sources_are_a_paper_or_a_report(self, fault):
        for source in fault.sources:
            paper = re.fullmatch(r"(van )?[A-Z][\w &]+ \d{4}, (arXiv|doi):\S+", source)
            report = re.fullmatch(r"[\w-]+/[\w.-]+#\d+", source)
            documented = source.startswith("PyTorch documentation: ")
            assert paper or report or documented, source
            assert bool(link(source)) is not documented

    def test_its_link_leads_to_a_view(self, fault):
        slug, view, *rest = fault.see.split()
        lab = import_module(f"bnviz.labs.{slug}")
        assert lab.LAB.view(view)
        query = {f"{slug}_{name}": value for name, value in (one.split("=") for one in rest)}
        assert from_query(lab.Settings, query, slug)[1] == []

    def test_a_test_makes_it_happen(self, fault):
        file, _, name = fault.test.partition("::")
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_all_are_there():
    assert len(FAULTS) == 22


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("nan", "non-finite-statistics"),
        ("SyncBN", "unsynchronized"),
        ("update_bn", "stale-statistics"),
        ("requires_grad", "updates-while-frozen"),
        ("checkpoint", "double-update"),
        ("EMA", "averaged-weights"),
        ("drop_last", "batch-too-small"),
        ("batch of one", "batch-too-small"),
        ("Expected more than 1 value per channel when training", "batch-too-small"),
        ("strict=False", "never-updated"),
        ("track_running_stats", "depends-on-batch"),
        ("shuffle", "dependent-batches"),
        ("siamese", "shared-layer"),
        ("weight_decay", "decayed-affine"),
        ("fp16", "low-precision"),
        ("ConvTranspose2d", "fold-limits"),
        ("FrozenBatchNorm2d", "frozen-mismatch"),
    ],
)
def test_the_words_of_a_symptom_lead_to_its_fault(typed, code):
    assert typed.casefold() in faults()[code].searched
