"""What the axes explorer says in words: every number comes from the trace."""

import math
from collections.abc import Sequence

import numpy as np

from bnviz.labs.axes.properties import Identity, Verdict
from bnviz.labs.axes.settings import METHODS
from bnviz.labs.axes.sharing import Sharing
from bnviz.labs.axes.trace import Trace
from bnviz.numerals import aligned, latex

FEW = 4
"""Members that are written out; of more, the first two and the last."""


def title(trace: Trace) -> str:
    """Return how many statistics there are."""
    done, groups = trace.chosen, trace.settings.groups
    name = METHODS[done.method]
    if done.method == "gn":
        name += f" with {_count(groups, 'group')}"
    each = " each" if done.n_sets > 1 else ""
    return f"{name}: {_count(done.n_sets, 'statistic')} of {_count(done.n_values, 'value')}{each}"


def takeaway(trace: Trace) -> str:
    """Return with whom the chosen cell shares, as Markdown."""
    done, index = trace.chosen, ", ".join(map(str, trace.settings.cell))
    what = "one mean square" if done.method == "rms" else "one mean and one variance"
    others = done.n_values - 1
    if not others:
        return f"The cell `x[{index}]` is alone in its set: {_count(1, 'value')} has {what}."
    with_whom = f"{_count(others, 'other value')}: {whom(trace)}"
    return f"The cell `x[{index}]` shares {what} with {with_whom}."


def whom(trace: Trace) -> str:
    """Return the chosen cell's set in words, axis by axis, from the cells that are in it."""
    inside = (trace.chosen.sets == trace.set_of_cell).nonzero()
    words = {"N": "sample", "C": "channel", "H": "row", "W": "column", "T": "position"}
    parts = []
    for letter, size, indices in zip(
        trace.settings.letters, trace.x.shape, map(set, inside), strict=True
    ):
        word, present = words[letter], sorted(map(int, indices))
        if len(present) == 1:
            parts.append(f"{word} {present[0]}" + (" only" if size > 1 else ""))
        elif len(present) == size:
            parts.append(f"all {size} {word}s")
        else:
            parts.append(f"{word}s {present[0]} to {present[-1]}")
    return ", ".join(parts)


def formulas(trace: Trace) -> str:
    """Return the formula and the same with the chosen cell's numbers, as LaTeX."""
    eps = latex(trace.settings.eps)
    var, value, x_hat = _number(trace.var), _number(trace.value), _number(trace.x_hat)
    n = trace.members.size
    if trace.settings.method == "rms":
        squares = _terms([f"{_bracket(v)}^2" for v in trace.members], few=1)
        lines = [
            rf"q &= \tfrac{{1}}{{{n}}}\textstyle\sum x^2",
            rf"&= \tfrac{{1}}{{{n}}}\left({squares}\right) = {var}",
            r"\hat x &= \frac{x}{\sqrt{q + \epsilon}}",
            rf"&= \frac{{{value}}}{{\sqrt{{{var} + {eps}}}}} = \mathbf{{{x_hat}}}",
        ]
    else:
        less = f"- {_number(trace.mean)}" if trace.mean >= 0 else f"+ {_number(-trace.mean)}"
        total = _terms([_bracket(v, first=k == 0) for k, v in enumerate(trace.members)])
        squares = _terms([rf"({_number(v)} {less})^2" for v in trace.members], few=1)
        lines = [
            rf"\mu &= \tfrac{{1}}{{{n}}}\left({total}\right) = {_number(trace.mean)}",
            rf"\sigma^2 &= \tfrac{{1}}{{{n}}}\left({squares}\right) = {var}",
            r"\hat x &= \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}",
            rf"&= \frac{{{value} {less}}}{{\sqrt{{{var} + {eps}}}}} = \mathbf{{{x_hat}}}",
        ]
    return aligned(lines, gap=5)


def table(trace: Trace) -> dict[str, list[str]]:
    """Return the computed properties of all methods, one row for each."""
    rows, groups = trace.properties, f" (G = {trace.settings.groups})"
    return {
        "Method": [METHODS[r.method] + (groups if r.method == "gn" else "") for r in rows],
        "Statistics": [_sets(trace.sharings[row.method]) for row in rows],
        "A batch of one: same output?": [
            _answer(row.batch_of_one, "no, it moves by up to {}") for row in rows
        ],
        "Train = eval?": [_answer(row.modes, "no, by up to {}") for row in rows],
        "Depends on other samples?": [_answer(r.others, "no", "yes, by up to {}") for r in rows],
        "Foldable after training?": [_answer(row.foldable, "no") for row in rows],
        "Numbers in γ": ["–" if row.n_scales is None else str(row.n_scales) for row in rows],
    }


def cells(trace: Trace) -> dict[str, list[float] | list[int]]:
    """Return every cell: its index, its value, its set and its output."""
    columns: dict[str, list[float] | list[int]] = {
        letter.lower(): index.ravel().tolist()
        for letter, index in zip(trace.settings.letters, np.indices(trace.x.shape), strict=True)
    }
    return {
        **columns,
        "x": trace.x.ravel().tolist(),
        "set": trace.chosen.sets.ravel().tolist(),
        "x_hat": trace.chosen.y.ravel().tolist(),
    }


def identity(found: Identity) -> str:
    """Return how far two methods are apart."""
    pair = f"{found.one} against {found.other}"
    if math.isnan(found.difference):
        return f"{pair}: one of them refuses these sizes"
    if found.difference < 1e-9:
        exact = "exactly" if found.difference == 0 else "but for rounding"
        return f"{pair}: the same, {exact}"
    return f"{pair}: not the same here, they differ by up to {_number(found.difference)}"


def _sets(done: Sharing | None) -> str:
    return "refused" if done is None else f"{done.n_sets} × {_count(done.n_values, 'value')}"


def _answer(verdict: Verdict, no: str, yes: str = "yes") -> str:
    if verdict.yes is None:
        return "refused"
    return (yes if verdict.yes else no).format(_number(verdict.difference))


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _terms(terms: Sequence[str], few: int = FEW) -> str:
    """Return terms joined by plus signs; the middle of many is left out."""
    if len(terms) <= few:
        return " + ".join(terms)
    ends = [*terms[: few - 2], r"\dots", terms[-1]] if few > 1 else [terms[0], r"\dots"]
    return " + ".join(ends)


def _bracket(value: float, *, first: bool = False) -> str:
    """Return a number as a term of a sum."""
    return f"({_number(value)})" if value < 0 and not first else _number(value)


def _number(value: float) -> str:
    """Return a number with three decimals at most; with six where it is small."""
    digits = 3 if abs(value) >= 0.001 else 6
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
