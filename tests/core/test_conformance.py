"""Other projects' test cases for the same operations, which lie beside this project.

The cases are not copied. Where their folder is missing these tests skip with a reason; under
``BNVIZ_REQUIRE_ALL`` they fail.
"""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "conformance"
OPS = (
    "batch_norm",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "batch_renorm",
    "layer_norm",
    "LayerNorm",
    "group_norm",
    "GroupNorm",
    "instance_norm",
    "InstanceNorm1d",
    "rms_norm",
    "RMSNorm",
)


def load_cases() -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    if not FOLDER.is_dir():
        return [], {}
    cases = json.loads((FOLDER / "cases.json").read_text())["cases"]
    with np.load(FOLDER / "cases.npz") as arrays:
        return cases, dict(arrays)


CASES, ARRAYS = load_cases()


@pytest.fixture(scope="module")
def runner(conformance_folder: Path) -> ModuleType:
    """The script that knows how a case is run."""
    spec = importlib.util.spec_from_file_location("run_cases", conformance_folder / "run_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_operation_has_cases_and_every_case_is_run(conformance_folder):
    assert conformance_folder.samefile(FOLDER)
    assert {case["op"] for case in CASES} == set(OPS)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['op']}-{c['id']}" for c in CASES])
@pytest.mark.checks(
    "cases from the test suites of other projects",
    how="their stored numbers",
    tolerance="as each case states",
)
def test_case(case, runner):
    """Optional cases count too: each was decided that way, and its docstring says so."""
    run = runner.run_module if case["kind"] == "module" else runner.run_functional
    run(runner.APIS["draft"]("bnviz"), case, ARRAYS)
