"""The table of everything that is checked, as the tests tell it.

Each test that stands for a claim of this project carries ``@pytest.mark.checks(...)``. The marks
are collected by ``python -m tests.checks`` and stored beside this file, and a test fails where the
two differ.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("checks.json")


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
def checks() -> tuple[Check, ...]:
    """Read the table.

    Examples
    --------
    >>> all(check.test.startswith("tests/") for check in checks())
    True
    """
    return tuple(Check(**entry) for entry in json.loads(PATH.read_text("utf-8")))
