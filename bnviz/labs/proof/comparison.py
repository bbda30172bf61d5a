"""The comparison itself: this project's numbers beside PyTorch's, quantity by quantity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bnviz.core.functional.sums import Array
from bnviz.labs.proof.problem import RUNNING, Problem, draw, solve
from bnviz.labs.proof.settings import Settings
from bnviz.labs.proof.tolerance import tolerances

QUANTITIES = ("y", "dx", "dgamma", "dbeta", *RUNNING)
Reference = Mapping[str, Array | None]


@dataclass(frozen=True, eq=False)
class Row:
    """One quantity of both projects.

    Attributes
    ----------
    name : str
        One of ``QUANTITIES``.
    n : int
        How many numbers were compared.
    ours, theirs : NumPy float or None
        The two numbers that lie farthest apart; None in a recorded comparison.
    difference : float
        Largest absolute difference. Where this project follows another convention, after PyTorch's
        number was converted to it. NaN if there is one in either.
    tolerance : float
        The largest that passes.
    by_convention : float
        How far apart the two are before the conversion; 0 where both follow the same convention.
    """

    name: str
    n: int
    ours: Any
    theirs: Any
    difference: float
    tolerance: float
    by_convention: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the difference is no more than rounding explains."""
        return bool(self.difference <= self.tolerance)  # False for NaN


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that the page shows of one comparison.

    Attributes
    ----------
    rows : tuple of Row
        In the order of ``QUANTITIES``, of those that the layer has.
    n_values : int
        How many values share one mean and one variance.
    changed : tuple of str
        What the chosen conventions change, against PyTorch's: compared bit by bit.
    before, after : dict of str to float
        The first channel of each running statistic: under PyTorch's conventions, and as chosen.
    """

    rows: tuple[Row, ...]
    n_values: int
    changed: tuple[str, ...]
    before: dict[str, float]
    after: dict[str, float]

    @property
    def passed(self) -> bool:
        """Whether every quantity passed."""
        return all(row.passed for row in self.rows)


def run(settings: Settings, reference: Reference) -> Trace:
    """Compare the core with what PyTorch answered.

    Parameters
    ----------
    settings : Settings
    reference : mapping of str to array or None
        The answer to ``draw(settings)``, from :func:`bnviz.reference.answer`: ``y``, the gradients,
        the running statistics after the call, and for batch norm in training ``batch_mean`` and
        ``batch_var``, the (unbiased) statistics of the batch.

    Returns
    -------
    Trace

    Raises
    ------
    ValueError
        If the answer lacks a quantity, or has another shape or dtype: then it is the answer to
        another question.
    """
    problem = draw(settings)
    ours = solve(problem, settings)
    usual = solve(problem, replace(settings, variance="unbiased", convention="pytorch"))
    wanted = _converted(settings, problem, reference)
    limits = tolerances(problem, settings)
    changed = tuple(n for n in ours if not np.array_equal(ours[n], usual[n], equal_nan=True))
    rows = []
    for name in (name for name in QUANTITIES if name in ours):
        theirs = reference.get(name)
        _check(name, ours[name], theirs)
        apart = _distance(ours[name], theirs) if name in changed else 0.0
        rows.append(_row(name, ours[name], wanted.get(name, theirs), limits[name], apart))
    first = {
        name: (float(usual[name][0]), float(ours[name][0])) for name in RUNNING if name in ours
    }
    before, after = ({n: pair[k] for n, pair in first.items()} for k in (0, 1))
    return Trace(tuple(rows), settings.n_values, changed, before, after)


def _row(name: str, ours: Array, theirs: Any, tolerance: float, apart: float) -> Row:
    gaps = np.abs(ours.astype(float) - theirs)
    place = np.unravel_index(int(gaps.argmax()), gaps.shape)  # of the first NaN, if there is one
    return Row(name, ours.size, ours[place], theirs[place], float(gaps[place]), tolerance, apart)


def _distance(ours: Array, theirs: Any) -> float:
    return float(np.abs(ours.astype(float) - theirs).max())


def _check(name: str, ours: Array, theirs: Array | None) -> None:
    """Refuse what would be broadcast, or compared in another precision."""
    if theirs is None or theirs.shape != ours.shape or theirs.dtype != ours.dtype:
        got = "nothing" if theirs is None else f"{theirs.dtype} {theirs.shape}"
        raise ValueError(f"the reference must have {name} as {ours.dtype} {ours.shape}, got {got}")


def _converted(settings: Settings, problem: Problem, reference: Reference) -> dict[str, Array]:
    """Write PyTorch's running statistics in the chosen conventions, where these are not its own.

    PyTorch's own statistics of the batch are mixed with the start anew; nothing of this project's
    numbers enters.
    """
    own = settings.convention == "pytorch" and settings.variance == "unbiased"
    if own or not (settings.tracks and settings.training):
        return {}
    n, p = settings.n_values, settings.weight
    factor = (n - 1) / n if settings.variance == "biased" else 1.0
    batch = {"running_mean": ("batch_mean", 1.0), "running_var": ("batch_var", factor)}
    converted = {}
    for name, (source, scale) in batch.items():
        start, new = problem.arguments[name], reference.get(source)
        if new is None or new.shape != start.shape:
            raise ValueError(f"the reference must have {source} of the shape {start.shape}")
        converted[name] = ((1 - p) * start + p * scale * new).astype(start.dtype)
    return converted
