"""The table of checks on the page "How do we know?" is what the tests say."""

import ast
import json

import pytest

from bnviz.labs.proof.checks import PATH, checks
from tests import checks as collector


def collected(tmp_path, source, monkeypatch):
    monkeypatch.setattr(collector, "ROOT", tmp_path)
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    return collector.collect()


def test_the_stored_table_is_what_the_tests_say():
    stored = json.loads(PATH.read_text("utf-8"))
    assert stored == collector.collect(), "run: python -m tests.checks"
    assert [vars(check) for check in checks()] == stored
    assert len(stored) >= 20


def test_every_line_names_a_test_that_exists():
    for check in checks():
        file, *names = check.test.split("::")
        tree = ast.parse((collector.ROOT / file).read_text(encoding="utf-8"))
        defined = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        assert set(names) <= defined
        assert check.what
        assert check.how
        assert check.tolerance


def test_no_claim_is_listed_twice():
    lines = [(check.what, check.how) for check in checks()]
    assert len(set(lines)) == len(lines)


def test_marks_are_read_from_modules_classes_and_tests(tmp_path, monkeypatch):
    source = """
import pytest
LIMITS = {"rtol": 1e-9, "atol": 1e-12}
pytestmark = [pytest.mark.slow, pytest.mark.checks("all", how="by eye", tolerance="exact")]
@pytest.mark.slow
@pytest.mark.checks("a class", how="PyTorch", tolerance=LIMITS)
class TestIt:
    @pytest.mark.checks("a test", how="slopes", tolerance=1e-6)
    def test_it(self): ...
"""
    assert collected(tmp_path, source, monkeypatch) == [
        {"what": "all", "how": "by eye", "tolerance": "exact", "test": "tests/test_it.py"},
        {
            "what": "a class",
            "how": "PyTorch",
            "tolerance": "relative 1e-9, absolute 1e-12",
            "test": "tests/test_it.py::TestIt",
        },
        {
            "what": "a test",
            "how": "slopes",
            "tolerance": "1e-6",
            "test": "tests/test_it.py::test_it",
        },
    ]


@pytest.mark.parametrize("arguments", ["", "'x'", "'x', how='y'", "'x', 'y', tolerance=1, how='z'"])
def test_a_mark_without_all_its_words_is_refused(tmp_path, monkeypatch, arguments):
    source = f"import pytest\n@pytest.mark.checks({arguments})\ndef test_it(): ...\n"
    with pytest.raises(ValueError, match="wanted checks"):
        collected(tmp_path, source, monkeypatch)
