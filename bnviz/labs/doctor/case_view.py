"""How a demonstration is drawn and told: a bar for each case, a chart for each quantity."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.doctor.case import BEFORE, BROKEN, CONTROL, NO_REPAIR, REPAIRED, Case, Found
from bnviz.labs.view import Plot, Trace, View, columns
from bnviz.numerals import aligned, clean, short, signed, true_minus

WAITING = "It is measured when the training is done"
HATCHED = {BROKEN: "/", NO_REPAIR: "x"}
HARDLY = 0.97
"""A repair that leaves more than this share of the loss is not said to repair."""
THICK, NAME_ABOVE = 0.42, 0.38
ROLES = {BEFORE: theme.REFERENCE, CONTROL: theme.WITHOUT}
TOLD = (BEFORE, BROKEN, REPAIRED)
MEANS = {
    BEFORE: "grey: before the fault",
    BROKEN: "hatched: broken",
    REPAIRED: "full: repaired",
    NO_REPAIR: "crossed: does not help here",
    CONTROL: "orange: without BN",
}
"""What the look of a bar says."""
READING = f"Bars. {'; '.join(MEANS.values())}."


@dataclass(frozen=True)
class Quantity:
    """What is measured of each case.

    Parameters
    ----------
    name : str
        In links and the table: one word.
    label, unit : str
        Of its axis.
    percent : bool
        Whether it is a share, shown in percent.
    top : float
        The axis reaches this far at least.
    digits : int
        Decimals; with none of them (-1) two digits.
    """

    name: str
    label: str
    unit: str = ""
    percent: bool = False
    top: float = 0.0
    digits: int = -1

    def told(self, value: float) -> str:
        """Return a value as a reader would write it."""
        if self.percent:
            return f"{100 * value:.0f}%"
        if self.digits >= 0:
            return signed(value, self.digits)
        return true_minus(short(clean(value)))


LOSS = Quantity("loss", "Test loss", "nats", top=1.0, digits=2)
ACCURACY = Quantity("accuracy", "Right answers", "%", percent=True, top=1.0)


@dataclass(frozen=True)
class Told:
    """The words of a demonstration, and what it shows."""

    name: str
    label: str
    measure: Callable[..., Any]
    quantities: tuple[Quantity, ...]
    formula: tuple[str, ...]
    code: tuple[Callable[..., Any], ...]
    remark: str = ""


def view(told: Told, *, needs: tuple[str, ...] = ("batch_size", "seed")) -> View:
    """Return the view of a demonstration; layers that are alone need no batch size."""
    return View(
        name=told.name,
        label=told.label,
        measure=told.measure,
        needs=needs,
        free=needs,
        takeaway=partial(takeaway, told),
        formula=lambda _: aligned(told.formula),
        table=partial(table, told),
        plots=tuple(_plot(told, place) for place in range(len(told.quantities))),
        code=told.code,
        reading=READING,
    )


def _plot(told: Told, place: int) -> Plot:
    quantity = told.quantities[place]
    what = f"{quantity.label}, a bar for each case."
    return Plot(f"{told.name}_{quantity.name}", partial(bars, told, place), what)


def takeaway(told: Told, trace: Trace[Any, Any]) -> str:
    """Return the first quantity before the fault, broken and repaired, and the remark."""
    if not trace.found.finished:
        return f"{WAITING}."
    said = f"{told.quantities[0].label}: {_values(told, 0, trace.found)}. {told.remark}".strip()
    hardly = LOSS in told.quantities and not helps(told, trace.found)
    return f"{said} At this batch size and seed the loss hardly shows it." if hardly else said


def _values(told: Told, place: int, found: Found) -> str:
    """Return a quantity of the first case of each kind that is told, and of the best repair."""
    quantity = told.quantities[place]
    kinds = [kind for kind in TOLD if any(case.kind == kind for case in found.cases)]
    shown = {kind: found.of(kind) for kind in kinds}
    words = {kind: kind for kind in kinds}
    if REPAIRED in shown:
        shown[REPAIRED] = best_repair(told, found)
        if quantity in (LOSS, ACCURACY) and not helps(told, found):
            words[REPAIRED] = "after the repair"
    return ", ".join(f"{quantity.told(shown[k].values[place])} {words[k]}" for k in kinds)


def best_repair(told: Told, found: Found) -> Case:
    """Return the repair of the lowest loss, or the first one where no loss is measured."""
    if LOSS not in told.quantities:
        return found.of(REPAIRED)
    place = told.quantities.index(LOSS)
    repairs = [case for case in found.cases if case.kind == REPAIRED]
    return min(repairs, key=lambda case: case.values[place])


def helps(told: Told, found: Found) -> bool:
    """Return whether the best repair lowers the loss that is shown; True where there is none."""
    if LOSS not in told.quantities:
        return True
    place = told.quantities.index(LOSS)
    return best_repair(told, found).values[place] < HARDLY * found.of(BROKEN).values[place]


def bars_mean(found: Found) -> str:
    """Return what the looks of these bars say."""
    kinds = {case.kind for case in found.cases}
    words = "; ".join(what for kind, what in MEANS.items() if kind in kinds)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def table(told: Told, trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the bars as numbers."""
    headings = ["case", "kind"]
    for quantity in told.quantities:
        unit = f" ({quantity.unit})" if quantity.unit and not quantity.percent else ""
        headings.append(f"{quantity.label.lower()}{unit}")
    return columns(headings, [(c.name, c.kind, *c.values) for c in trace.found.cases])


def bars(told: Told, place: int, trace: Trace[Any, Any]) -> Figure:
    """Draw a bar for each case."""
    quantity, cases = told.quantities[place], trace.found.cases
    scale = 100 if quantity.percent else 1
    values = scale * np.array([case.values[place] for case in cases], dtype=float)
    low, high = min(0.0, *values, 0.0), max(scale * quantity.top, *values, 0.0)
    high = high if high > low else 1.0
    edge = (high - low) * 0.16
    places = -np.arange(len(cases), dtype=float)
    names: theme.Trace = {
        "type": "scatter",
        "mode": "text",
        "x": np.full(len(cases), low - (edge if low < 0 else 0.0)),
        "y": places + NAME_ABOVE,
        "text": [case.name for case in cases],
        "textposition": "middle right",
        "textfont": {"color": theme.TEXT},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
    finished = f"{quantity.label}: {_values(told, place, trace.found)}"
    drawn = [_bar(quantity, *case) for case in zip(cases, places, values, strict=True)]
    return theme.figure(
        finished if trace.found.finished else WAITING,
        [*drawn, names],
        theme.axis(
            quantity.label, quantity.unit, range=[low - (edge if low < 0 else 0.0), high + edge]
        ),
        theme.axis(
            "", range=[-max(len(cases), 2) + 0.5, 0.65], tickvals=[], showline=False, ticklen=0
        ),
        barmode="overlay",
        margin={"l": 16},
    )


def _bar(quantity: Quantity, case: Any, place: float, value: float) -> theme.Trace:
    role = ROLES.get(case.kind, theme.WITH)
    text = quantity.told(value / 100 if quantity.percent else value)
    marker: dict[str, Any] = {"line": {"color": role.color, "width": 1}}
    if hatch := HATCHED.get(case.kind):
        ground = {"fgcolor": role.color, "bgcolor": theme.BACKGROUND}
        marker["pattern"] = {"shape": hatch, **ground, "size": 7}
    said: dict[str, Any] = {"text": [f" {text} "], "textposition": "outside", "cliponaxis": False}
    style = {"name": case.name, "hover": f"{case.name} ({case.kind}): {text}"}
    return theme.bars(
        [value], [place], role, level=True, width=THICK, marker=marker, **style, **said
    )
