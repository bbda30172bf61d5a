"""What all tests share: seeded examples, what must be there, and the order of the run.

Some tests need what not every machine has: a browser, the conformance cases, PyTorch. They skip
with a reason where it is missing. Where the environment variable ``BNVIZ_REQUIRE_ALL`` is set, as
``.ci/run`` does, they fail instead.
"""

import os

# One BLAS thread: two would only wait for each other. NumPy reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What is computed ahead for a reader would only slow the tests that follow.
os.environ.setdefault("BNVIZ_PREFETCH", "off")

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# "steady" draws the same examples in every run. To search for new ones:
# HYPOTHESIS_PROFILE=search .venv/bin/python -m pytest
hypothesis.settings.register_profile("steady", derandomize=True, database=None, deadline=None)
hypothesis.settings.register_profile("search", max_examples=2000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.hookimpl(tryfirst=True)  # before pytest reads -m
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the fast tests first, then those marked slow, then those in a browser.

    Those marked long run only where ``-m`` names them.
    """
    for item in items:
        if (ROOT / "tests" / "e2e") in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    if "long" not in config.getoption("markexpr"):
        long = [item for item in items if "long" in item.keywords]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if "long" not in item.keywords]
    items.sort(key=lambda item: ("e2e" in item.keywords, "slow" in item.keywords))


def demand(thing: Any, reason: str) -> Any:
    """Return `thing`; skip the test if there is none, or fail it under ``BNVIZ_REQUIRE_ALL``."""
    if not thing and os.environ.get("BNVIZ_REQUIRE_ALL"):
        pytest.fail(f"{reason}, and BNVIZ_REQUIRE_ALL is set", pytrace=False)
    if not thing:
        pytest.skip(reason)
    return thing


@pytest.fixture(scope="session")
def require() -> Callable[[Any, str], Any]:
    """Return the function ``require(thing, reason)``: the thing, or a skip (in CI a failure)."""
    return demand


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Return the path of the system's Chromium."""
    paths = filter(None, map(shutil.which, BROWSERS))
    return demand(next(paths, ""), "no Chromium on this machine")


@pytest.fixture(scope="session")
def conformance_folder() -> Path:
    """Return the folder with the conformance cases, which lies beside the project."""
    folder = ROOT.parent / "shared" / "conformance"
    return demand(folder.is_dir() and folder, "no ../shared/conformance beside the project")


@pytest.fixture(scope="session")
def pytorch() -> ModuleType:
    """Return the module torch, limited to one thread."""
    spec = importlib.util.find_spec("torch")
    demand(spec, "PyTorch is not installed")
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a fresh generator with seed 0, the same in every test."""
    return np.random.default_rng(0)
