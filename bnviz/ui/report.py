"""The second door of the doctor: a check-up of a real model, opened from its file.

A file comes from anybody. It is read once, with suspicion (`bnviz.doctor.file`), its texts are
escaped, and nothing of it is kept on the server once the reader is gone.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bnviz.doctor import Report, Unreadable, html
from bnviz.doctor.examples import EXAMPLES, report
from bnviz.doctor.faults import faults
from bnviz.doctor.file import LARGEST_FILE
from bnviz.doctor.rows import headline
from bnviz.ui import address, page

SLUG = "doctor"
DOOR, REPORT, FAULT = "door", "report", "fault"
MOST_SHOWN = 12
"""Findings that are drawn; of the others it is said how many there are."""
MAKE_ONE = """from bnviz.doctor import examine

report = examine(model, loader)
report.save("model.bn.json")"""


def choose() -> tuple[Report | None, str]:
    """Draw the field for a file and the recorded reports; return the one to show, and its name.

    There is none where a file cannot be read: then a sentence says where.
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
    page.takeaway(f"**{html.verdict(found.findings)}.**")
    with st.container(key="source"):
        st.text(f"{name}. {headline(found.record)}.")
    for k, one in enumerate(found.findings[:MOST_SHOWN]):
        st.html(f'<div class="report">{html.finding(one)}</div>')
        if one.code in faults():
            with st.container(key=f"live_{k}"):
                label = ":material/play_arrow: See it happen, and be repaired"
                address.link(label, SLUG, fresh=True, extras={FAULT: one.code})
    if len(found.findings) > MOST_SHOWN:
        st.caption(f"{len(found.findings) - MOST_SHOWN} more findings are in the file.")
    _measured("The network, layer by layer", html.measured(found.record), opened=True)
    if found.record.averaged is not None:
        _measured("The averaged model", html.measured(found.record.averaged), opened=False)


def _measured(title: str, parts: list[str], *, opened: bool) -> None:
    with st.expander(title, expanded=opened):
        st.html(f'<div class="report">{"".join(parts)}</div>')
