"""The view on the maps without norm and with batch norm."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from bnviz.core.network.norms import normalize
from bnviz.figures import theme
from bnviz.figures.cells import bar, cells, crosses, frame, texts
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.rates.grid import N_CELLS, PAIR, measure
from bnviz.labs.rates.groups import BN, NONE, NORMS, TRAINED, losses, weights_of
from bnviz.labs.rates.settings import RATES, SCALES
from bnviz.labs.rates.words import HEADINGS, TRAINING, Row
from bnviz.labs.table import table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how many cells train, and how many diverge."""
    found = trace.found
    if not found.complete(*PAIR):
        return TRAINING
    n, lost = found.n_trained, found.n_diverged
    return (
        f"Of {N_CELLS} cells **{n[NONE]}** train without norm and **{n[BN]}** with BN (loss below "
        f"{TRAINED} after {trace.settings.n_steps} steps); {lost[NONE]} diverge without norm, "
        f"{lost[BN]} with BN."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the counts of the cells that train."""
    n = trace.found.n_trained
    return aligned(
        [
            rf"\#\{{L < {TRAINED}\}} &= {n[NONE]}\ \text{{without}},\ {n[BN]}\ \text{{with BN}}",
            rf"\text{{of}}\ {len(SCALES)} \cdot {len(RATES)} &= {N_CELLS}",
            r"\mathrm{BN}(a W x) &= \mathrm{BN}(W x) \quad (\epsilon \to 0)",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the loss of each cell of the norms that were trained."""
    n_steps = trace.settings.n_steps
    for m, norm in enumerate(NORMS):
        if not trace.found.known[m].any():
            continue
        for a, scale in enumerate(SCALES):
            for e, lr in enumerate(RATES):
                loss = float(trace.found.loss[m, a, e])
                yield "loss of a cell (nats)", NORMS[norm], scale, lr, n_steps, loss


NAMES = {
    "none": "No norm",
    "bn": "BN",
    "mean-only": "Only centring",
    "std-only": "Only dividing",
    "bn-fixed": "BN, γ = 1, β = 0",
}
LEAST, MOST = 0.1, 3.0
"""Losses at the two ends of the colours, in nats; the same in all maps."""
BAR = (0.1, 0.3, 1.0, 3.0)
COLORS = [[k / 8, color] for k, color in enumerate(theme.ramp(60)[8:49:5])]
"""The middle of the ramp: the cells' numbers, in the background's colour, have 4:1 everywhere."""
USUAL = {"relu": "He's", "tanh": "Xavier's", "sigmoid": "Xavier's"}


MAP = "Final loss over seven learning rates and six initial scales."


def loss_map(trace: Trace[Any, Any], norm: str) -> Figure:
    """Draw the final loss of all cells of one norm."""
    m = list(NORMS).index(norm)
    loss, diverged = trace.found.loss[m], trace.found.diverged[m]
    data = [
        cells(
            np.log10(np.clip(loss, LEAST / 10, None)),
            texts(loss),
            RATES,
            SCALES,
            zmin=np.log10(LEAST),
            zmax=np.log10(MOST),
            colorscale=COLORS,
            reversescale=True,
            textfont={"size": theme.FONT_SIZE - 2, "color": theme.BACKGROUND},
            colorbar=bar(np.log10(BAR), [number_text(value) for value in BAR], "nats"),
            hovertemplate="scale %{customdata[1]}, rate %{customdata[0]}<br>loss %{text}"
            "<extra></extra>",
        ),
        crosses(diverged, "diverged"),
    ]
    frames = [frame(e, a) for a, e in np.argwhere(trace.found.trained[m]).tolist()]
    return theme.figure(_title(trace, norm), data, *axes(trace.settings.activation), shapes=frames)


def _title(trace: Trace[Any, Any], norm: str) -> str:
    found, n_trained = trace.found, trace.found.n_trained[norm]
    n_known = int(found.known[list(NORMS).index(norm)].sum()) * len(RATES)
    if not n_known:
        return f"{NAMES[norm]}: final loss of each cell"
    if n_known < N_CELLS:
        return f"{NAMES[norm]}: {n_trained} of the first {n_known} cells train"
    lost = found.n_diverged[norm]
    also = f", {lost} diverge (×)" if lost else ", no cell diverges"
    return f"{NAMES[norm]}: {n_trained} of {N_CELLS} cells train{also}"


def axes(activation: str) -> list[dict[str, Any]]:
    """Return the two axes of a map."""
    titles = {"Learning rate": RATES, f"Initial scale (times {USUAL[activation]})": SCALES}
    return [
        theme.axis(
            title,
            tickvals=list(range(len(values))),
            ticktext=[number_text(value) for value in values],
            range=[-0.5, len(values) - 0.5],
            ticks="",
            showline=False,
        )
        for title, values in titles.items()
    ]


VIEW = View(
    name="grid",
    label="Without and with BN",
    measure=measure,
    needs=("depth", "n_steps", "activation", "seed"),
    free=("depth",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=tuple(Plot(norm, partial(loss_map, norm=norm), MAP) for norm in PAIR),
    code=(weights_of, normalize, losses),
    claims=(
        Claim(
            "With BN many more cells train than without: 20 or more of 42, against 5 or fewer (five ReLU layers, 80 steps).",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "BN networks survive higher learning rates than the same networks without.",
            "reported",
            "Ioffe & Szegedy 2015, section 4.2.1 (5 and 30 times the rate); here the map shows it",
        ),
        Claim(
            "So BN is less sensitive to the initialization, not insensitive: the lowest rate that works "
            "moves up with the scale, the highest by one rate at most. Scales up to He's train at as many "
            "rates as larger ones, or more.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "At a rate of 10 no cell of ReLU or tanh networks trains while γ and β learn; of sigmoid "
            "networks some do.",
            "measured here",
            held="9 of 10",
        ),
        Claim(
            "A sigmoid network as in the paper (three layers of 100, weights of deviation 0.1, rate 1) "
            "classifies about 9 of 10 digits correctly after 50 steps with BN and still guesses without; without it reads "
            "3 of 10 or more after 200.",
            "measured here",
            held="9 of 10",
        ),
        Claim(
            "BN avoids poor local minima.",
            "contested",
            "often said, without a proof; what shows here is that more settings train at all",
        ),
    ),
)
