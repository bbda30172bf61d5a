"""A script whose parts begin with ``# %%`` as a Jupyter notebook."""

import json

VERSION = {"nbformat": 4, "nbformat_minor": 5}


def notebook(script: str) -> str:
    r"""Return the notebook of a script: its docstring, then a heading and a cell for each part.

    Examples
    --------
    >>> cells = json.loads(notebook("# %% One part\nx = 1\n# %% Another\nx += 1"))["cells"]
    >>> [cell["source"] for cell in cells[1:]]
    [['## One part'], ['x = 1'], ['## Another'], ['x += 1']]
    """
    top, *parts = script.split("# %% ")
    cells = [_cell("markdown", top.strip().strip('"'))]
    for part in parts:
        heading, code = part.split("\n", 1)
        cells += [_cell("markdown", f"## {heading}"), _cell("code", code.strip())]
    for n, cell in enumerate(cells):
        cell["id"] = f"cell-{n}"
    python = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({**VERSION, "metadata": {"kernelspec": python}, "cells": cells}, indent=1)


def _cell(kind: str, text: str) -> dict[str, object]:
    run: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True), **run}
