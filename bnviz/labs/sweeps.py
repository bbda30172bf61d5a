"""Sweeps: what takes too long for a page, computed once and kept beside its lab.

A lab that has one offers a module ``sweep`` with ``SWEEPS``, a name for each::

    SWEEPS = {
        "batch_size": Sweep(
            cells=tuple(Settings(batch_size=n) for n in (2, 8, 32)),
            seeds=(0, 1, 2),
            measure=losses,
        )
    }

``python -m bnviz.labs.record`` computes and writes them, ``recorded(slug)`` reads them. A page says
of such numbers that they are recorded (``Recorded.credit``), and runs a single cell live.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LABS = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class Sweep:
    """What is to be recorded.

    Parameters
    ----------
    cells : tuple of Settings
        The lab's settings, one for each cell; each has a field ``seed``, which ``seeds`` replaces.
        None stands there twice, as no seed does; else there is a ValueError.
    seeds : tuple of int
        Every cell is measured with each of them.
    measure : callable
        Settings -> mapping of names to numbers or arrays of them; the same shapes in all cells.
        The same settings give the same numbers.
    checked : tuple of int
        Places of the cells that a test measures again, with the first seed: quick ones.
    rtol, atol : float
        How far the test lets them be apart. A long float32 training is another on another
        machine; float64 keeps it to 1e-6 or so.
    unstable : bool
        Whether training hands the rounding of the processor on until the result is another one.
        The test then asks only that the result lies among those of all recorded seeds.
    """

    cells: tuple[Any, ...]
    seeds: tuple[int, ...]
    measure: Callable[[Any], Mapping[str, Any]]
    checked: tuple[int, ...] = (0, -1)
    rtol: float = 1e-5
    atol: float = 1e-9
    unstable: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", tuple(replace(cell, seed=0) for cell in self.cells))
        for name in ("cells", "seeds"):
            given = getattr(self, name)
            if not given or len(set(given)) < len(given):
                raise ValueError(f"{name} must be some, each once, got {given}")


@dataclass(frozen=True, eq=False)
class Recorded:
    """A sweep as it was recorded.

    Attributes
    ----------
    date : str
        Year, month, day.
    versions : dict of str to str
        Of ``python`` and ``numpy``.
    cells : tuple of Settings
        With seed 0.
    seeds : tuple of int
    values : dict of str to array, shape (cells, seeds, ...)
        What was measured, to six digits; NaN where it was not a finite number.
    """

    date: str
    versions: dict[str, str]
    cells: tuple[Any, ...]
    seeds: tuple[int, ...]
    values: dict[str, NDArray[np.float64]]

    @property
    def credit(self) -> str:
        """When and how the numbers were made, for the page: "recorded on ..."."""
        n = len(self.seeds)
        seeds = f"{n} seeds" if n > 1 else "one seed"
        return f"recorded on {self.date} with NumPy {self.versions['numpy']}, {seeds}"

    def find(self, settings: Any) -> int | None:
        """Return the place of the cell with these settings, whatever their seed, or None."""
        wanted = replace(settings, seed=0)
        return self.cells.index(wanted) if wanted in self.cells else None


def sweeps(slug: str) -> dict[str, Sweep]:
    """Return what a lab wants to have recorded; nothing if it has no module ``sweep``."""
    if not (LABS / slug / "sweep.py").is_file():
        return {}
    return import_module(f"bnviz.labs.{slug}.sweep").SWEEPS


def slugs() -> list[str]:
    """Return the labs that have sweeps."""
    return sorted(path.parent.name for path in LABS.glob("*/sweep.py"))


def path(slug: str) -> Path:
    """Return the file of a lab's recorded sweeps, which need not exist."""
    return LABS / slug / "sweep.json"


@cache
def recorded(slug: str) -> dict[str, Recorded]:
    """Return all recorded sweeps of a lab, with the names of ``SWEEPS``.

    Raises
    ------
    ValueError
        If the file is missing or damaged, or a cell or a seed is not in it: it was added, and not
        recorded since.
    """
    return read(path(slug), sweeps(slug))


def read(file: Path, wanted: Mapping[str, Sweep]) -> dict[str, Recorded]:
    """Return recorded sweeps from a file; see :func:`recorded`."""
    stored = load(file)
    runs = {key(run): run["values"] for run in stored["runs"]}
    made = stored["date"], stored["versions"]
    return {
        name: Recorded(*made, sweep.cells, sweep.seeds, _values(file, name, sweep, runs))
        for name, sweep in wanted.items()
    }


def load(file: Path) -> dict[str, Any]:
    """Return what stands in a file of recorded sweeps: ``date``, ``versions`` and ``runs``."""
    again = "Bring the file back, or record it --anew"
    try:
        stored = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read: {error}. {again}") from None
    _check_parts(f"{file}", stored, {"date": str, "versions": dict, "runs": list}, again)
    if not {"python", "numpy"} <= set(stored["versions"]):
        raise ValueError(f"{file} must name the versions of python and numpy. {again}")
    parts = {"sweep": str, "settings": dict, "seed": int, "values": dict}
    for place, run in enumerate(stored["runs"]):
        _check_parts(f"{file}, run {place}", run, parts, again)
    return stored


def _check_parts(where: str, found: Any, wanted: Mapping[str, type], again: str) -> None:
    """Refuse what is no object with these parts of these types."""
    wrong = [
        f"{name} ({kind.__name__})"
        for name, kind in wanted.items()
        if not (isinstance(found, dict) and isinstance(found.get(name), kind))
    ]
    if wrong:
        raise ValueError(f"{where} is damaged: {', '.join(wrong)} wanted. {again}")


def _values(file: Path, name: str, sweep: Sweep, runs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of all runs of a sweep, in the order of its cells and seeds."""
    places = [[key(run_of(name, cell, seed)) for seed in sweep.seeds] for cell in sweep.cells]
    if any(place not in runs for row in places for place in row):
        raise ValueError(
            f"{file}: {name} is not recorded with all its cells and seeds: record it again"
        )
    wanted = set(runs[places[0][0]])
    try:
        if any(set(runs[place]) != wanted for row in places for place in row):
            raise ValueError("the runs have other names")
        return {
            what: np.array([[runs[place][what] for place in row] for row in places], np.float64)
            for what in runs[places[0][0]]
        }
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{file}: {name} must hold numbers of one shape in all its runs ({error}): "
            "record it --anew"
        ) from None


def run_of(name: str, settings: Any, seed: int) -> dict[str, Any]:
    """Return which run is meant, as it stands in the file."""
    rest = {what: value for what, value in asdict(settings).items() if what != "seed"}
    return {"sweep": name, "settings": rest, "seed": seed}


def key(run: Mapping[str, Any]) -> str:
    """Return a text that is the same for the same run."""
    return json.dumps([run["sweep"], run["settings"], run["seed"]], sort_keys=True)
