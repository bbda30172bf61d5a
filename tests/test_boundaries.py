"""Who may import what, and what no file of the project may hold.

The rules are checked twice: by reading the import statements of every file, also those inside
functions, and by importing the packages in a new process and looking at what came along.
"""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON_FOLDERS = ("bnviz", "pages", "tests", "benchmarks", "docs")
TEXT_SUFFIXES = (".py", ".md", ".toml", ".yml")

CORE = {"numpy", "bnviz.core"}
SETTINGS = {"bnviz.settings", "bnviz.marks", "bnviz.numerals"}
LABS = CORE | SETTINGS | {"bnviz.labs"}
FIGURES = SETTINGS | {"numpy", "plotly", "bnviz.figures"}
VIEWS = LABS | {"bnviz.figures"}
APP = {"numpy", "plotly", "streamlit", "loky", "threadpoolctl", "bnviz"}
# The longest path that fits decides. What has no line of its own is held to the core's rule.
MAY_IMPORT = {
    "bnviz": CORE,
    "bnviz/numerals.py": {"bnviz.marks"},
    "bnviz/settings": SETTINGS,
    "bnviz/marks": {"numpy", "bnviz.marks"},
    "bnviz/labs": LABS,
    # Run by hand; what it writes is what the app reads.
    "bnviz/labs/proof/record.py": LABS | {"bnviz.reference"},
    "bnviz/claims": {"bnviz.claims"},
    "bnviz/figures": FIGURES,
    "bnviz/export": LABS | {"bnviz.export"},
    "bnviz/reference": LABS | {"bnviz.reference", "torch"},
    # It examines models of others, and stands alone: their networks are its only PyTorch.
    "bnviz/doctor": CORE | {"bnviz.doctor", "bnviz.numerals", "torch"},
    "bnviz/ui": APP,
    "bnviz/ui/dask_worker.py": APP | {"distributed"},
    "app.py": APP,
    "pages": APP,
}
# "_typeshed" holds types for the type checker and exists only there.
STANDARD = sys.stdlib_module_names | {"_typeshed"}
# What bnviz/__init__.py offers under a shorter name.
SHORT_NAMES = {"bnviz.functional": "bnviz.core.functional", "bnviz.nn": "bnviz.core.nn"}


def python_files(*folders):
    """Return the Python files of these folders of the project, as paths relative to its root."""
    paths = [p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))]
    return [str(p.relative_to(ROOT).as_posix()) for p in paths]


def entry_points():
    """Return the files that Streamlit runs: the default page and the labs."""
    return ["app.py", *python_files("pages")]


def text_files():
    """Return every file that is read by people or by tools."""
    found = [p for suffix in TEXT_SUFFIXES for p in ROOT.glob(f"*{suffix}")]
    for folder in (*PYTHON_FOLDERS, ".streamlit"):
        found += [p for p in (ROOT / folder).rglob("*") if p.suffix in TEXT_SUFFIXES]
    return [*sorted(found), ROOT / ".ci" / "run"]


@cache
def tree_of(path):
    """Return the syntax tree of a file of the project."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imported(path, tree):
    """Yield (node, full name) of everything that the file at `path` imports, wherever it does."""
    package = Path(path).with_suffix("").parts[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *filter(None, [node.module])])
            yield from ((node, f"{module}.{alias.name}") for alias in node.names)


def is_within(name, allowed):
    """Return whether a full name is one of the allowed modules, or inside one of them."""
    return any(f"{name}.".startswith(f"{module}.") for module in allowed)


def at_import_time(tree):
    """Return the nodes that run when the module is imported: all that are not inside a function."""
    outside, queue = set(), [tree]
    while queue:
        node = queue.pop()
        outside.add(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            queue += ast.iter_child_nodes(node)
    return outside


def violations(path, tree):
    """Return what the file imports and may not."""
    rules = [p for p in MAY_IMPORT if path == p or path.startswith(f"{p}/")]
    allowed = MAY_IMPORT[max(rules, key=len)] | STANDARD
    if path.startswith("bnviz/labs/") and path.endswith("view.py"):
        allowed |= VIEWS
    early = at_import_time(tree)
    found = []
    for node, name in imported(path, tree):
        full = next((f for s, f in SHORT_NAMES.items() if is_within(name, {s})), name)
        if not is_within(full, allowed):
            found.append(f"{path}:{node.lineno} may not import {name}")
        elif is_within(full, {"torch"}) and node in early:
            found.append(f"{path}:{node.lineno} may import {name} only inside a function")
    return found


def test_every_file_imports_only_what_its_place_allows():
    paths = [*python_files("bnviz", "pages"), "app.py"]
    found = [v for path in paths for v in violations(path, tree_of(path))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bnviz/core/nn.py", "import streamlit as st"),
        ("bnviz/core/nn.py", "import scipy"),
        ("bnviz/core/nn.py", "def f():\n    from plotly import graph_objects"),
        ("bnviz/core/nn.py", "from bnviz import labs"),
        ("bnviz/core/data/toys.py", "from ...labs import playground"),
        ("bnviz/__init__.py", "import torch"),
        ("bnviz/somewhere_new.py", "from bnviz.ui import page"),
        ("bnviz/settings/link.py", "from bnviz.core import data"),
        ("bnviz/marks/range.py", "from bnviz.settings import check"),
        ("bnviz/labs/playground.py", "import plotly.graph_objects as go"),
        ("bnviz/labs/why/band.py", "from bnviz.figures import theme"),
        ("bnviz/labs/why/band_view.py", "import streamlit"),
        ("bnviz/figures/theme.py", "import streamlit"),
        ("bnviz/figures/playground.py", "from bnviz.core.train import trainer"),
        ("bnviz/ui/compute.py", "def f():\n    import torch"),
        ("bnviz/reference/__init__.py", "import torch"),
        ("bnviz/reference/network.py", "class A:\n    from torch import nn"),
        ("bnviz/doctor/walk.py", "from torch import nn"),
        ("bnviz/doctor/html.py", "def f():\n    import plotly"),
        ("pages/depth.py", "import torch.nn"),
        ("app.py", "import pandas"),
        ("app.py", "import numpyro"),
    ],
)
def test_forbidden_import_is_found(path, source):
    assert len(violations(path, ast.parse(source))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("bnviz/__init__.py", "from bnviz.core import functional, nn"),
        (
            "bnviz/core/nn.py",
            "from . import functional\nfrom .data import load\nimport numpy.ma",
        ),
        ("bnviz/labs/playground.py", "from bnviz import functional as F, nn, settings"),
        (
            "bnviz/labs/why/band_view.py",
            "from bnviz.figures import theme\nfrom bnviz.core import data",
        ),
        ("bnviz/labs/playground/gap_view.py", "from bnviz.figures import theme\nimport numpy"),
        ("bnviz/reference/network.py", "def f():\n    import torch"),
        ("bnviz/ui/page.py", "import bnviz\nfrom ..figures import theme\nimport streamlit as st"),
    ],
)
def test_allowed_import_is_allowed(path, source):
    assert violations(path, ast.parse(source)) == []


LOADED = "print('\\n' + json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"


def loaded_after(*pieces):
    """Run pieces of code in one new process; give the top-level modules that each has loaded."""
    code = "\n".join(["import json, sys", *(f"{piece}\n{LOADED}" for piece in pieces)])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = [set(json.loads(line)) for line in done.stdout.splitlines() if line.startswith("[")]
    assert len(found) == len(pieces)
    return found


def importing(*folders):
    """Write the code that imports every module in these folders."""
    paths = [Path(p).with_suffix("").parts for p in python_files(*folders)]
    names = [".".join(p[:-1] if p[-1] == "__init__" else p) for p in paths]
    return "\n".join(f"import {name}" for name in names)


FORBIDDEN = {
    "bnviz/core": {"streamlit", "plotly", "torch", "pandas", "loky"},
    "bnviz/doctor": {"streamlit", "plotly", "torch", "pandas", "loky"},
    "bnviz/labs": {"streamlit", "plotly", "torch", "pandas"},
    "bnviz/figures": {"streamlit", "torch"},
    "bnviz": {"torch"},
}
"""What importing a folder may not bring along. They are imported in this order, so less and less
is forbidden."""
RUNNING = f"""
from streamlit.testing.v1 import AppTest
at = AppTest.from_file({str(ROOT / "app.py")!r}, default_timeout=60)
for path in {entry_points()!r}:
    at.switch_page(path).run()
    assert not at.exception and not at.error, path
"""


@pytest.mark.slow
def test_neither_importing_nor_running_the_app_brings_anything_forbidden_along():
    order = list(FORBIDDEN.values())
    assert all(later <= earlier for earlier, later in pairwise(order))
    code = {folder: importing(folder) for folder in FORBIDDEN}
    assert all(code.values())
    *imported, run = loaded_after(*code.values(), RUNNING)
    for folder, loaded in zip(FORBIDDEN, imported, strict=True):
        assert "bnviz" in loaded
        assert not loaded & FORBIDDEN[folder], folder
    assert "streamlit" in run
    assert "torch" not in run


def machine_paths(text):
    """Return the lines that hold an absolute path to a folder which only some machine has."""
    folders = "|".join(["work", "tmp", "root", "home", "Users"])
    absolute = re.compile(rf"(?<![\w.~)}}\]-])/(?:{folders})(?![\w-])")
    return [n for n, line in enumerate(text.splitlines(), start=1) if absolute.search(line)]


def test_no_file_names_a_place_on_one_machine():
    texts = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in text_files()}
    found = {path: machine_paths(text) for path, text in texts.items()}
    assert not {path: lines for path, lines in found.items() if lines}


def test_absolute_path_is_found_and_others_are_not():
    bad = ["cd /{}/main", "Path('/{}')", "file:///{}/a.csv"]
    good = ["../{}/main", "example.org/{}", "a/{}", "~/{}/a", "/usr/{}", "/{}-flow", "{{x}}/{}"]
    for folder in ("work", "tmp", "root", "home"):
        lines = [line.format(folder) for line in bad + good]
        assert machine_paths("\n".join(lines)) == [1, 2, 3]


def test_every_module_says_what_it_is():
    paths = [*python_files(*PYTHON_FOLDERS), "app.py"]
    assert not [path for path in paths if not ast.get_docstring(tree_of(path))]
