"""The comparison itself: this project's numbers beside PyTorch's, quantity by quantity."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.proof.problem import RUNNING, Problem, draw, solve
from bnviz.labs.proof.settings import Settings
from bnviz.labs.proof.tolerance import tolerances

QUANTITIES = ("y", "dx", "dgamma", "dbeta", *RUNNING)
Reference = Mapping[str, Array | None]
Numbers = dict[str, Array]


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
        Largest absolute difference; NaN if there is one in either.
    tolerance : float
        The largest that passes.
    convention : str
        The conventions by which this project's number differs from PyTorch's; empty where both
        follow the same. Then ``theirs`` is PyTorch's number converted to them.
    unconverted : NumPy float or None
        PyTorch's number as it stands, at the same place; None where nothing was converted.
    """

    name: str
    n: int
    ours: Any
    theirs: Any
    difference: float
    tolerance: float
    convention: str = ""
    unconverted: Any = None

    @property
    def passed(self) -> bool:
        """Whether the difference is no more than rounding explains."""
        return bool(self.difference <= self.tolerance)  # False for NaN


@dataclass(frozen=True, eq=False)
class Effect:
    """What the conventions change, against PyTorch's: compared bit by bit.

    Attributes
    ----------
    changed, same : tuple of str
        Quantities that differ, and those that do not.
    before, after : dict of str to float
        The first channel of what differs: under PyTorch's conventions, and as chosen.
    """

    changed: tuple[str, ...]
    same: tuple[str, ...]
    before: dict[str, float]
    after: dict[str, float]


def run(settings: Settings, reference: Reference) -> tuple[Row, ...]:
    """Compare the core with what PyTorch answered, in the order of ``QUANTITIES``.

    Parameters
    ----------
    settings : Settings
    reference : mapping of str to array or None
        The answer to ``draw(settings)``, from :func:`bnviz.reference.answer`: ``y``, the gradients,
        the running statistics after the call, and for batch norm in training ``batch_mean`` and
        ``batch_var``, the (unbiased) statistics of the batch.

    Raises
    ------
    ValueError
        If the answer lacks a quantity, or has another shape or dtype: then it is the answer to
        another question.
    """
    problem, ours, _, changed = _solved(settings)
    wanted = _converted(settings, problem, reference)
    limits = tolerances(problem, settings)
    rows = []
    for name in (name for name in QUANTITIES if name in ours):
        theirs = _theirs(name, ours[name], reference)
        told = wanted.get(name, theirs)
        place = _farthest(ours[name], told)
        one, other = ours[name][place], told[place]
        gap = abs(float(one) - float(other))
        row = Row(name, ours[name].size, one, other, gap, limits[name])
        if name in changed:
            conventions = _conventions(name, settings)
            row = replace(row, convention=conventions, unconverted=theirs[place])
        rows.append(row)
    return tuple(rows)


def effect(settings: Settings) -> Effect:
    """Return what the chosen conventions change; PyTorch is not needed for that.

    Examples
    --------
    >>> effect(Settings(variance="biased")).changed
    ('running_var',)
    """
    _, ours, usual, changed = _solved(settings)
    return Effect(
        changed,
        tuple(name for name in QUANTITIES if name in ours and name not in changed),
        {name: float(usual[name].flat[0]) for name in changed},
        {name: float(ours[name].flat[0]) for name in changed},
    )


def _solved(settings: Settings) -> tuple[Problem, Numbers, Numbers, tuple[str, ...]]:
    """Return the problem, our numbers, those under PyTorch's conventions, and what differs."""
    problem = draw(settings)
    ours = solve(problem, settings)
    usual = solve(problem, replace(settings, variance="unbiased", convention="pytorch"))
    same = {name: np.array_equal(ours[name], usual[name], equal_nan=True) for name in ours}
    changed = tuple(name for name in QUANTITIES if name in ours and not same[name])
    return problem, ours, usual, changed


def _farthest(ours: Array, theirs: Any) -> tuple[Any, ...]:
    """Return the place of the largest difference, or of the first NaN."""
    gaps = np.abs(ours.astype(float) - theirs)
    return np.unravel_index(int(gaps.argmax()), gaps.shape)


def _conventions(name: str, settings: Settings) -> str:
    """Return the chosen conventions that reach a running statistic and are not PyTorch's."""
    chosen = ["Keras momentum"] if settings.convention == "keras" else []
    if settings.variance == "biased" and name == "running_var":
        chosen.append("biased variance")
    return ", ".join(chosen)


def _theirs(name: str, ours: Array, reference: Reference) -> Array:
    """Return PyTorch's array; refuse what would be broadcast, or compared in another precision."""
    theirs = reference.get(name)
    if theirs is None or theirs.shape != ours.shape or theirs.dtype != ours.dtype:
        got = "nothing" if theirs is None else f"{theirs.dtype} {theirs.shape}"
        raise ValueError(f"the reference must have {name} as {ours.dtype} {ours.shape}, got {got}")
    return theirs


def _converted(settings: Settings, problem: Problem, reference: Reference) -> dict[str, Array]:
    """Return PyTorch's running statistics in the chosen conventions, where these are not its own.

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
