"""The table of checks on the page "How do we know?" is what the tests say."""

import pytest

from bnviz.labs.proof.checks import ROOT, Check, checks


def checks_of(folder, source):
    """Return the checks of a folder whose only test file has this source."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(source, encoding="utf-8")
    return checks(folder)


def test_every_line_names_a_test_that_carries_the_mark():
    marks = checks()
    assert len(marks) >= 100
    for file in {check.test.split("::")[0] for check in marks}:
        source = (ROOT / file).read_text(encoding="utf-8")
        here = [check for check in marks if check.test.split("::")[0] == file]
        assert len(here) == source.count("pytest.mark.checks("), file
        assert all(check.what and check.how and check.tolerance for check in here)


def test_no_claim_is_listed_twice():
    lines = [(check.what, check.how) for check in checks()]
    assert len(set(lines)) == len(lines)


def test_marks_are_read_from_modules_classes_and_tests(tmp_path):
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
    file, limits = "tests/test_it.py", "relative 1e-9, absolute 1e-12"
    assert checks_of(tmp_path, source) == (
        Check(what="all", how="by eye", tolerance="exact", test=file),
        Check(what="a class", how="PyTorch", tolerance=limits, test=f"{file}::TestIt"),
        Check(what="a test", how="slopes", tolerance="1e-6", test=f"{file}::test_it"),
    )


def test_there_are_none_where_the_tests_are_missing(tmp_path):
    assert checks(tmp_path) == ()


@pytest.mark.parametrize("arguments", ["", "'x'", "'x', how='y'", "'x', 'y', tolerance=1, how='z'"])
def test_a_mark_without_all_its_words_is_refused(tmp_path, arguments):
    source = f"import pytest\n@pytest.mark.checks({arguments})\ndef test_it(): ...\n"
    with pytest.raises(ValueError, match="wanted checks"):
        checks_of(tmp_path, source)
