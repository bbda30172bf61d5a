"""The table of everything that is checked, as the tests tell it.

A test that stands for a claim carries a mark, on itself or, as ``pytestmark``, on its module::

    @pytest.mark.checks("forward and backward", how="PyTorch, float64", tolerance=TIGHT)

The marks are read from the source of the tests, which need not be imported: a server has no pytest.
``tolerance`` is a text, a number or the name of the constant that the test itself uses.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bnviz.marks import number_text

ROOT = Path(__file__).parents[3]
MARK = "pytest.mark.checks"
FIELDS = {"how", "tolerance"}
WORDS = {"rtol": "relative", "atol": "absolute"}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the table.

    Attributes
    ----------
    what : str
        What is checked.
    how : str
        Against what.
    tolerance : str
        How far apart the two may be.
    test : str
        File and name of the test.
    """

    what: str
    how: str
    tolerance: str
    test: str


@cache
def checks(root: Path = ROOT) -> tuple[Check, ...]:
    """Return the lines of the table, in the order of the files and of the tests in them.

    There are none where the folder with the tests is missing.
    """
    found: list[Check] = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        if MARK in source:  # most files have none, and parsing takes the time
            found += _marked(ast.parse(source), path.relative_to(root).as_posix())
    return tuple(found)


def _marked(tree: ast.Module, file: str) -> Iterator[Check]:
    """Yield the lines of one test file."""
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in _marks([constants["pytestmark"]] if "pytestmark" in constants else []):
        yield _line(call, constants, file)
    for node in _tests(tree.body):
        for call in _marks(node.decorator_list):
            yield _line(call, constants, f"{file}::{node.name}")


def _tests(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Yield the functions and classes of a module, and those inside these classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body)


def _marks(nodes: Iterable[ast.expr]) -> Iterator[ast.Call]:
    """Yield the marks among these expressions, also inside a list."""
    for node in nodes:
        for call in node.elts if isinstance(node, ast.List | ast.Tuple) else [node]:
            if isinstance(call, ast.Call) and ast.unparse(call.func) == MARK:
                yield call


def _line(call: ast.Call, constants: dict[str, ast.expr], test: str) -> Check:
    """Return one line of the table; refuse a mark that cannot be read."""
    fields = {keyword.arg or "**": keyword.value for keyword in call.keywords}
    if len(call.args) != 1 or set(fields) != FIELDS:
        wanted = "checks(what, how=..., tolerance=...)"
        raise ValueError(f"{test}: wanted {wanted}, got {ast.unparse(call)}")
    texts = {n: _text(node, constants) for n, node in {"what": call.args[0], **fields}.items()}
    return Check(**texts, test=test)


def _text(node: ast.expr, constants: dict[str, ast.expr]) -> str:
    """Return a literal or a constant of the module as text: text, a number, or rtol and atol."""
    value: Any = ast.literal_eval(constants[node.id] if isinstance(node, ast.Name) else node)
    if isinstance(value, dict):
        return ", ".join(f"{WORDS[name]} {number_text(v)}" for name, v in value.items())
    return value if isinstance(value, str) else number_text(value)
