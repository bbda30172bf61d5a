"""The program's own lines, so that a page shows the code that really ran."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def source(function: Callable[..., Any]) -> str:
    """Give a function's own lines, from the file that runs: its signature and what it does.

    Parameters
    ----------
    function : callable
        A function or method written in Python.

    Returns
    -------
    str
        Without the docstring and without indentation.

    Raises
    ------
    ValueError
        If it is no function.

    Examples
    --------
    >>> def half(x):
    ...     '''Give one half.'''
    ...     return x / 2
    >>> print(source(half))
    def half(x):
        return x / 2
    """
    text = textwrap.dedent(inspect.getsource(function))
    (node,) = ast.parse(text).body
    if not isinstance(node, ast.FunctionDef):
        raise ValueError(f"a function is wanted, got {function!r}")
    lines, first = text.splitlines(), node.body[0]
    if ast.get_docstring(node) is None or len(node.body) == 1:
        return "\n".join(lines)
    return "\n".join([*lines[: first.lineno - 1], *lines[node.body[1].lineno - 1 :]])
