"""A table of numbers that the reader edits; what does not fit is named beside it."""

from __future__ import annotations

import re

import streamlit as st

from bnviz.marks import Numbers, number_text

ROW_PX, FEWEST_ROWS = 35, 3


def number_table(mark: Numbers, key: str, label: str) -> None:
    """Draw the numbers of a setting as a table of one column.

    The session holds the setting under ``key``, as the text of a link. It is changed only by a
    table that fits: until then the last good numbers stay.

    Notes
    -----
    Streamlit keeps the edits of a table, not the table, and only while its page is open. So the
    table keeps the rows that it began with, and begins anew, under a new key, when the setting was
    changed by something else or the edits are gone.
    """
    kept = f"{key}_table"
    text = st.session_state[key]
    version, begun_with, made = st.session_state.get(kept, (0, None, None))
    if text != made or f"{kept}_{version}" not in st.session_state:
        version, begun_with = version + 1, text
    values, _ = mark.read(begun_with, ())
    edited = st.data_editor(
        {label: [number_text(value) for value in values]},
        num_rows="dynamic",
        hide_index=True,
        key=f"{kept}_{version}",
        column_config={label: st.column_config.TextColumn(label, help=mark.help or None)},
        height=ROW_PX * (max(len(values), FEWEST_ROWS) + 2),
    )
    numbers, complaint = mark.rows(list(edited[label]))
    if complaint:
        plain = re.sub(r"([\\`*_\[\]$:<>~])", r"\\\1", " ".join(complaint.split()))  # no Markdown
        st.caption(f":orange[:material/error: {plain} Shown are the last good numbers.]")
    else:
        text = st.session_state[key] = mark.text(numbers)
    st.session_state[kept] = (version, begun_with, text)
