"""Collect what the tests check, for the page "How do we know?".

A test that stands for a claim carries a mark, on itself or, as ``pytestmark``, on its module::

    @pytest.mark.checks("forward and backward", how="PyTorch, float64", tolerance=TIGHT)

``python -m tests.checks`` reads all marks and writes the table. They are read from the source, so
that no test module has to be imported. ``tolerance`` may be a text or the name of the constant
that the test itself uses; then the table tells its value.
"""

import ast
import json
from pathlib import Path

from bnviz.labs.proof.checks import PATH
from bnviz.settings import number_text

ROOT = Path(__file__).parents[1]
FIELDS = {"how", "tolerance"}


def collect():
    """Give the lines of the table, in the order of the files and of the tests in them."""
    paths = sorted((ROOT / "tests").rglob("test_*.py"))
    return [entry for path in paths for entry in marks(path)]


def marks(path):
    """Yield the lines of one test file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file = path.relative_to(ROOT).as_posix()
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    module_mark = constants.get("pytestmark")
    for call in calls([] if module_mark is None else [module_mark]):
        yield line(call, constants, file)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for call in calls(node.decorator_list):
                yield line(call, constants, f"{file}::{node.name}")


def calls(nodes):
    """Yield the calls of ``pytest.mark.checks`` among these expressions, also inside a list."""
    for node in nodes:
        inner = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
        for call in inner:
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.checks":
                yield call


def line(call, constants, test):
    """Give one line of the table; refuse a mark that cannot be read."""
    fields = {keyword.arg: keyword.value for keyword in call.keywords}
    if len(call.args) != 1 or set(fields) != FIELDS:
        raise ValueError(
            f"{test}: wanted checks(what, how=..., tolerance=...), got {ast.unparse(call)}"
        )
    values = {name: value(node, constants) for name, node in fields.items()}
    what = value(call.args[0], constants)
    return {"what": what, **{name: shown(v) for name, v in values.items()}, "test": test}


def value(node, constants):
    """Give the value of a literal, or of the module's constant of that name."""
    return ast.literal_eval(constants[node.id] if isinstance(node, ast.Name) else node)


def shown(tolerance):
    """Write a tolerance for a reader: a text, a number, or rtol and atol."""
    if isinstance(tolerance, dict):
        words = {"rtol": "relative", "atol": "absolute"}
        return ", ".join(f"{words[n]} {number_text(v)}" for n, v in tolerance.items())
    return tolerance if isinstance(tolerance, str) else number_text(tolerance)


def main():
    """Write the table."""
    PATH.write_text(json.dumps(collect(), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
