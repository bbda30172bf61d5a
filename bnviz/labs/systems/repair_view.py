"""The view on a published class of batch norm, repaired one fault after another."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.points import broken, points
from bnviz.labs.claim import Claim
from bnviz.labs.rows import Group, table
from bnviz.labs.systems.published import FAULTS, REPAIRS
from bnviz.labs.systems.published import rows as rows_of
from bnviz.labs.systems.repair import QUANTITIES, STEPS, measure
from bnviz.labs.table import clean_all
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import ROUNDING, clean, most, short, superscript


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far the class is off as published and repaired, and what each fault does."""
    found, n = trace.found, trace.settings.n_batches
    alone = [f"{fault}: {short(off)}" for fault, off in zip(FAULTS, found.alone, strict=True)]
    return (
        f"Batches seen: {n}. In evaluation the published class is off by up to "
        f"**{short(found.rows[0, 0])}**, and it has no gradients. With five repairs "
        f"the difference is **{most(found.last)}** in outputs, gradients and running "
        f"statistics, of rows and of images. Outputs with one fault alone: {', '.join(alone)}."
    )


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return the differences after each repair, and with one fault alone."""
    found = trace.found
    return [
        *(
            (f"largest difference of {name}", STEPS, clean_all(off))
            for name, off in zip(QUANTITIES, found.rows.T, strict=True)
        ),
        ("largest difference of all, images", STEPS, clean_all(found.on_images)),
        ("largest difference, one fault alone", FAULTS, found.alone),
    ]


COLUMNS = ("output", "dx", "dγ", "dβ", "mean", "var.", "images")
"""The quantities, with those of the running statistics cut short, and images."""


def parity(trace: Trace[Any, Any]) -> Figure:
    """Draw a table: a row for each repair, a cell for the difference of each quantity."""
    found = trace.found
    cells_KQ = np.column_stack([found.rows, found.on_images])
    cells = [(x, y, float(cells_KQ[y, x])) for y, x in np.ndindex(*cells_KQ.shape)]
    told = ["not there" if math.isnan(value) else short(clean(value)) for *_, value in cells]
    title = (
        f"As published the output is off by {short(found.rows[0, 0])}; repaired, "
        f"{f'all is off by {most(found.last)}' if clean(found.last) else 'nothing is off'}"
    )
    text = {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, _, _ in cells],
        "y": [y for _, y, _ in cells],
        "text": [_written(value) for *_, value in cells],
        "customdata": [
            f"{STEPS[y]}<br>{COLUMNS[x]}: {words}"
            for (x, y, _), words in zip(cells, told, strict=True)
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    rows = {"range": [len(STEPS) - 0.5, -0.5], **_names(broken(STEPS))}
    columns = {"range": [-0.5, len(COLUMNS) - 0.5], "tickangle": 0, **_names(COLUMNS)}
    return theme.figure(
        title,
        [text],
        theme.axis("Largest difference from the layer", **columns),
        theme.axis("", **rows),
        shapes=[_cell(*cell) for cell in cells],
    )


def _names(names: Sequence[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(names))), "ticktext": list(names), "showline": False,
        "ticks": "",
    }  # fmt: skip


def alone(trace: Trace[Any, Any]) -> Figure:
    """Draw the difference of outputs with each fault alone."""
    found = trace.found.alone
    worst = int(found.argmax())
    title = f"One fault alone: most by \u201c{FAULTS[worst]}\u201d, {short(found[worst])}"
    axis = theme.log_axis("Largest difference", range=[-4.2, 1.4])
    return points(found, FAULTS, "The only fault", title, axis)


def _cell(x: int, y: int, value: float) -> dict[str, object]:
    role = theme.WITH if value < ROUNDING else theme.WITHOUT
    colour = theme.PANEL if math.isnan(value) else theme.tint(role.color, 0.25)
    return {
        "type": "rect", "layer": "below", "x0": x - 0.46, "x1": x + 0.46, "y0": y - 0.44,
        "y1": y + 0.44, "fillcolor": colour, "line": {"width": 0},
    }  # fmt: skip


def _written(value: float) -> str:
    """Write a difference in a few letters: its power of ten if it is small."""
    if math.isnan(value):
        return "–"
    value = clean(value)
    if value == 0 or value >= 0.01:
        return short(value)
    return f"10{superscript(math.floor(math.log10(value)))}"


VIEW = View(
    name="repair",
    label="Repair",
    measure=measure,
    needs=("n_batches", "seed"),
    free=("n_batches",),
    takeaway=takeaway,
    formula=lambda _: r"r \leftarrow (1 - p)\,r + p\,\frac{m}{m-1}\,\sigma_B^2, \qquad r_0 = 1",
    table=table(groups),
    plots=(
        Plot("parity", parity, "A table of differences after each repair."),
        Plot("alone", alone, "Largest difference with one fault only."),
    ),
    code=(*REPAIRS.values(), rows_of),
    reading="""
**Repair.** A published class of batch norm and the layer of this program see the same batches, in
float64. In the table each repair is added to those above it. Blue: equal; what is below 10⁻¹² is
rounding, and written 0. Orange: off by so much. A dash: not there. In the other chart the class has
one fault only.

The class is as texts publish it, given PyTorch's argument `momentum=0.1`. Without a backward pass
there are no gradients, and γ and β never learn; images are refused until their places count as
rows; from then on the column gives the largest difference of all six quantities. *Mean* and *var.*
are the running ones. The code below is that of each repair. That the layer itself equals PyTorch's
is tested elsewhere; see *How do we know?*
""",
    try_this="Let the class see 50 batches instead of 3. Which of the faults wears off?",
    claims=(
        Claim(
            "A variance that starts at 0, a biased variance and the other convention of momentum "
            "each change the outputs of evaluation.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "With these repaired, a backward pass added and images allowed, outputs, gradients and "
            "running statistics are those of the layer, but for rounding.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
