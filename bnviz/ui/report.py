"""The second door of the doctor: a check-up of a real model, opened from its file.

Anybody may have written the file. `bnviz.doctor.file` checks all of it, its texts are escaped, and
nothing of it stays on the server when the session ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from math import isfinite
from pathlib import Path

import streamlit as st

from bnviz.doctor import Report, Unreadable, html
from bnviz.doctor.examples import EXAMPLES, report
from bnviz.doctor.faults import faults
from bnviz.doctor.file import LARGEST_FILE
from bnviz.doctor.record import Layer, Record
from bnviz.doctor.rows import DISTANCE, NOISE, RATIO, headline, spread
from bnviz.figures import theme
from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.spreads import Group, spreads
from bnviz.labs.view import Timeline
from bnviz.numerals import short, true_minus
from bnviz.ui import address, page
from bnviz.ui.stage import stage

SLUG = "doctor"
DOOR, REPORT, FAULT = "door", "report", "fault"
MOST_SHOWN = 12
"""Findings that are drawn; of the others it is said how many there are."""
MOST_ROWS, ROW_PX, LONGEST_NAME = 60, 18, 16
"""Layers that are drawn; height of a row; letters of a name."""
MAKE_ONE = """from bnviz.doctor import examine

report = examine(model, loader)
report.save("model.bn.json")"""


def choose() -> tuple[Report | None, str]:
    """Draw the field for a file and the recorded reports; return the one to show, and its name.

    If the file cannot be read there is no report, and a sentence says why.
    """
    link = address.state(SLUG)
    given = st.file_uploader(
        "Open a report",
        type="json",
        max_upload_size=LARGEST_FILE // 2**20,
        help="It stays in this session, and is gone with it. A report holds statistics only.",
    )
    st.code(MAKE_ONE, language="python", wrap_lines=True)
    if given is not None:
        try:
            return Report.loads(given.getvalue()), given.name
        except Unreadable as error:
            with st.container(key="unreadable"):
                st.text(f"This file cannot be opened: {error}.")
            return None, given.name
    names = [one.name for one in EXAMPLES]
    words = {one.name: one.words for one in EXAMPLES}
    said = link.extras.get(REPORT, "")
    chosen = st.radio(
        "Or look at a recorded one",
        names,
        index=names.index(said) if said in names else 0,
        format_func=words.get,
        key=f"{SLUG}_{REPORT}_{link.visit}",
        on_change=lambda: link.remember(REPORT, st.session_state[f"{SLUG}_{REPORT}_{link.visit}"]),
    )
    return report(chosen), words[chosen]


def misread() -> list[str]:
    """Return a sentence if a link names a report that is not there."""
    text = address.state(SLUG).linked.get(REPORT)
    names = [one.name for one in EXAMPLES]
    return [] if text is None else address.state(SLUG).misread({REPORT: names})


def show(found: Report, name: str) -> None:
    """Draw a report: what was found, each with its evidence, and the network as rows."""
    st.html(Path(__file__).with_name("report.css"))
    with st.container(key="source"):
        st.text(f"{name}. {headline(found.record)}.")
    page.takeaway(f"**{html.verdict(found.findings)}.**")
    for k, one in enumerate(found.findings[:MOST_SHOWN]):
        st.html(f'<div class="report">{html.finding(one)}</div>')
        if one.code in faults():
            with st.container(key=f"live_{k}"):
                label = ":material/play_arrow: See it happen, and be repaired"
                address.link(label, SLUG, fresh=True, extras={FAULT: one.code})
    if len(found.findings) > MOST_SHOWN:
        st.caption(f"{len(found.findings) - MOST_SHOWN} more findings are in the file.")
    if found.record.layers:
        draw_network(found.record)
    for record, title in (
        (found.record, "Loss and accuracy in each mode"),
        (found.record.averaged, "The same of the averaged model"),
    ):
        if record is not None:
            with st.expander(title):
                st.html(f'<div class="report">{html.in_modes(record)}</div>')


def draw_network(record: Record) -> None:
    """Draw the norm layers as rows, one chart for each quantity."""
    n = min(len(record.layers), MOST_ROWS)
    stage(
        charts(record),
        Timeline(),
        running=False,
        key=f"{SLUG}_network",
        run=record.model,
        height=2 * (110 + max(ROW_PX * n, 90)),
    )
    second = "; green: the averaged model" if record.averaged is not None else ""
    more = len(record.layers) - n
    rest = f" {more} more layers are in the file." if more else ""
    st.caption(
        "A row is a layer: the line spans its channels, the thick part nine tenths of them, the "
        f"dot is the median{second}.{rest}"
    )


def charts(record: Record) -> list[Chart]:
    """Return the four charts of a network."""
    layers = record.layers[:MOST_ROWS]
    groups = [("the model", theme.WITH, layers)]
    if record.averaged is not None:
        groups.append(("the averaged model", theme.THIRD, record.averaged.layers[:MOST_ROWS]))
    rows = [_row(layer.name) for layer in layers]
    drawn = []
    for key, (label, log, good, of) in QUANTITIES.items():
        parts = [Group(what, role, [of(one) for one in many]) for what, role, many in groups]
        figure = spreads(_finding(label, parts), label, rows, parts, log=log, good=good)
        drawn.append(Chart(key, figure, alt_text(figure, "A row for each norm layer.")))
    return drawn


def _finding(label: str, groups: Sequence[Group]) -> str:
    """Return the range of the medians over the layers."""
    medians = [q[len(q) // 2] for group in groups for q in group.quantiles if q]
    finite = [value for value in medians if isfinite(value)]
    if not finite:
        return f"{label}: no finite numbers" if medians else f"{label}: none"
    low, high = (true_minus(short(end)) for end in (min(finite), max(finite)))
    return f"{label}: {low} to {high}, median of each layer" if low != high else f"{label}: {low}"


def _row(name: str) -> str:
    """Return the name of a layer, short enough for its row; no markup is read in it."""
    text = name or "(the model)"
    return escape(text if len(text) <= LONGEST_NAME else f"…{text[-LONGEST_NAME + 1 :]}")


QUANTITIES: dict[str, tuple[str, bool, float | None, Callable[[Layer], tuple[float, ...]]]] = {
    "distance": ("Running mean off by (σ)", True, None, partial(spread, DISTANCE)),
    "ratio": ("Running over true variance", True, 1.0, partial(spread, RATIO)),
    "noise": ("Batch noise (σ)", True, None, partial(spread, NOISE)),
    "gamma": ("γ", False, None, lambda layer: layer.gamma_spread),
}
"""Chart -> label, whether its axis is logarithmic, where it is good, and its quantiles."""
