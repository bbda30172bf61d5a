"""Record the sweeps of the labs: ``python -m bnviz.labs.record [--anew] [slug ...]``.

Without a slug all labs that have sweeps are recorded. What is in a lab's file already is kept, and
the file is written after each run, so that an interrupted recording goes on where it was. Where
Python or NumPy are others than in the file, or with ``--anew``, all is measured again. With the
environment variable ``OPENBLAS_NUM_THREADS=1`` it takes a fraction of the time.
"""

import argparse
import json
import math
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bnviz.labs.sweeps import Sweep, key, load, path, run_of, slugs, sweeps

DIGITS = 6
"""Significant digits of the recorded numbers."""


def origin(**more: str) -> dict[str, Any]:
    """Return the date and the versions of a record; ``more`` names what else had a part in it."""
    versions = {"python": platform.python_version(), "numpy": np.__version__, **more}
    return {"date": date.today().isoformat(), "versions": versions}


def record(
    file: Path,
    wanted: Mapping[str, Sweep],
    *,
    anew: bool = False,
    tell: Callable[[str], object] = lambda _: None,
) -> int:
    """Measure what a file of recorded sweeps lacks, write it, and return how many runs it took.

    Parameters
    ----------
    file : Path
        Need not exist. Runs in it that nobody wants any more are dropped.
    wanted : mapping of str to Sweep
    anew : bool
        Whether to measure again what the file has.
    tell : callable
        Is told of each run that was measured.

    Raises
    ------
    ValueError
        If the file is there and damaged; it stays as it is, unless ``anew``.
    """
    made, runs = origin(), {}
    if file.exists() and not anew:
        stored = load(file)
        if stored["versions"] == made["versions"]:
            runs = {key(run): run for run in stored["runs"]}
            made["date"] = stored["date"]
    missing = [run for run in _all(wanted) if key(run) not in runs]
    for run in missing:
        settings = replace(wanted[run["sweep"]].cells[0], **run["settings"], seed=run["seed"])
        measured = wanted[run["sweep"]].measure(settings)
        runs[key(run)] = {**run, "values": {name: _plain(v) for name, v in measured.items()}}
        made["date"] = origin()["date"]
        _write(file, made, [runs[key(run)] for run in _all(wanted) if key(run) in runs])
        tell(f"{run['sweep']}: {settings}")
    _write(file, made, [runs[key(run)] for run in _all(wanted)])
    return len(missing)


def _all(wanted: Mapping[str, Sweep]) -> Iterator[dict[str, Any]]:
    """Yield all runs, without their values: every cell with one seed before any with the next."""
    for name, sweep in wanted.items():
        for seed in sweep.seeds:
            yield from (run_of(name, cell, seed) for cell in sweep.cells)


def _plain(value: Any) -> Any:
    """Return numbers as JSON holds them, shortened; what is not finite as null."""
    if np.ndim(value):
        return [_plain(part) for part in value]
    number = float(value)
    return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None


def _write(file: Path, made: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None:
    """Write what there is, a run a line; the old file stays until the new one is whole."""
    head, lines = json.dumps(made)[:-1], ",\n".join(map(json.dumps, runs))
    new = file.with_suffix(".new")
    new.write_text(f'{head}, "runs": [\n{lines}\n]}}\n', "utf-8")
    new.replace(file)


def main(arguments: Sequence[str] | None = None) -> None:
    """Record the sweeps of the labs that the command line names, or of all."""
    parser = argparse.ArgumentParser(prog="python -m bnviz.labs.record", description=__doc__)
    parser.add_argument("slug", nargs="*", choices=[[], *slugs()], help="labs; all without one")
    parser.add_argument("--anew", action="store_true", help="measure again what is recorded")
    options = parser.parse_args(arguments)

    def tell(line: str) -> None:
        sys.stdout.write(f"{line}\n")

    for slug in options.slug or slugs():
        try:
            n = record(path(slug), sweeps(slug), anew=options.anew, tell=tell)
        except (OSError, ValueError) as error:
            sys.exit(f"{slug}: {error}")
        except KeyboardInterrupt:
            sys.exit(f"{slug}: interrupted. What was measured is kept; the same command goes on.")
        tell(f"{slug}: {n} runs measured")


if __name__ == "__main__":
    main()
