"""The program's own lines, so that a page shows the code that really ran."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def source(function: Callable[..., Any]) -> str:
    """Return a function's own lines, from the file that runs: its signature and what it does.

    Parameters
    ----------
    function : callable
        A function, method or class written in Python.

    Examples
    --------
    >>> def half(x):
    ...     '''Return one half.'''
    ...     return x / 2
    >>> print(source(half))
    def half(x):
        return x / 2
    """
    text = textwrap.dedent(inspect.getsource(function))
    (node,) = ast.parse(text).body
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        raise ValueError(f"a function or a class is wanted, got {function!r}")
    lines = text.splitlines()
    for first, last in sorted(map(_docstring, ast.walk(node)), reverse=True):
        del lines[first:last]
        while last > first and not lines[first].strip():
            del lines[first]
    return "\n".join(lines)


def _docstring(node: ast.AST) -> tuple[int, int]:
    """Return the lines of a docstring with code below it, from 0; an empty range without one."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef) or ast.get_docstring(node) is None:
        return 0, 0
    text, *rest = node.body
    return (text.lineno - 1, text.end_lineno or text.lineno) if rest else (0, 0)
