"""The check-up at a terminal.

``python -m bnviz.doctor model.bn.json`` prints a report that was saved.
``python -m bnviz.doctor examine package.module:function`` calls the function, which returns a model
and a loader, or a dict of the arguments of ``examine``, and prints what is found.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bnviz.doctor.refusal import Refusal
from bnviz.doctor.report import Report, examine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 1 if the model has an error, 2 if nothing was done, else 0."""
    parser = argparse.ArgumentParser(prog="python -m bnviz.doctor", description=__doc__)
    parser.add_argument("what", nargs="+", metavar="report.json | examine package.module:function")
    parser.add_argument("--save", metavar="FILE", help="write the report as JSON")
    parser.add_argument("--html", metavar="FILE", help="write the report as a page")
    given = parser.parse_args(arguments)
    try:
        report = _report(given.what)
        if given.save:
            report.save(given.save)
        if given.html:
            report.to_html(given.html)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped: nothing was examined\n")
        return 2
    except Exception as error:  # of the user's own function or module
        sys.stderr.write(f"{given.what[-1]} failed: {type(error).__name__}: {error}\n")
        return 2
    sys.stdout.write(f"{report}\n")
    return int(any(f.severity == "error" for f in report.findings))


def _report(what: Sequence[str]) -> Report:
    if what[0] == "examine" and len(what) == 2:
        made = _function(what[1])()
        if isinstance(made, dict):
            return examine(**made)
        if isinstance(made, tuple) and len(made) in (2, 3):
            return examine(*made)
        raise Refusal(
            f"{what[1]} must return a model and a loader, or a dict of the arguments of examine, "
            f"got {type(made).__name__}"
        )
    if len(what) == 1:
        return Report.load(what[0])
    raise Refusal(f"one report, or examine package.module:function, was wanted, got {what}")


def _function(place: str) -> Any:
    """Return what ``package.module:function`` names; the current folder is searched first."""
    module, _, name = place.partition(":")
    if not module or not name:
        raise Refusal(f"package.module:function was wanted, got {place}")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        raise Refusal(f"{module} cannot be imported: {error}") from error
    if not callable(found):
        raise Refusal(f"{module} has no function {name}")
    return found


if __name__ == "__main__":
    sys.exit(main())
