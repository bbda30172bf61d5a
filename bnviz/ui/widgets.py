"""The values of a page's widgets, kept right where Streamlit loses or confuses them.

The session holds one value for each widget, under the key ``<slug>_<field>``. The browser sends the
values that *it* shows with each message. Streamlit (1.67, measured) goes wrong with them in three
ways; each has one method here that puts it right.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

import streamlit as st

from bnviz.settings import Mark, Numbers, Range

LATE_S = 2.0
"""How long after the widgets were set a message may still tell what they were before."""


class Widgets:
    """The widgets of one page in one session.

    Its methods take marks and values of the settings by the name of their fields.
    """

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.drawn: dict[str, Any] = {}  # what each widget held in the last run, by key
        self.replaced: dict[str, Any] = {}  # what those held that the script set last, by key
        self.set_at = 0.0  # when it set them

    def put(self, marks: Mapping[str, Mark], values: Mapping[str, Any]) -> None:
        """Set widgets; in callbacks, or before they are drawn."""
        fresh = {f"{self.slug}_{name}": _held(marks[name], v) for name, v in values.items()}
        before = {key: st.session_state.get(key) for key in fresh}
        replaced = {key: old for key, old in before.items() if old not in (None, fresh[key])}
        if replaced:
            self.replaced, self.set_at = replaced, monotonic()
        self.drawn |= fresh
        for key, value in fresh.items():
            st.session_state[key] = value

    def texts(self, marks: Mapping[str, Mark]) -> dict[str, str]:
        """Return what the widgets hold, as the parameters of a link."""
        keys = [f"{self.slug}_{name}" for name in marks]
        self.drawn = {key: st.session_state[key] for key in keys}
        return {key: str(value) for key, value in self.drawn.items()}

    def restore_lost(self, marks: Mapping[str, Mark], values: Mapping[str, Any]) -> None:
        """Set the widgets that have no value: Streamlit drops it if a run ends before the widget.

        A run ends early when the reader moves something else in the meantime.
        """
        lost = [name for name in values if f"{self.slug}_{name}" not in st.session_state]
        self.put(marks, {name: values[name] for name in lost})

    def ignore_late_message(self) -> None:
        """Keep the widgets as drawn if this run's message is older than what the script has set.

        After a link or a button has set the widgets, a message that the browser sent before it drew
        them brings the old values, and Streamlit takes them for new ones. It is such a message if
        it comes soon and brings all of the old values: a reader moves one widget at a time.
        """
        late = self.replaced and monotonic() - self.set_at < LATE_S
        if late and all(st.session_state.get(key) == old for key, old in self.replaced.items()):
            self.ignore_message()

    def ignore_message(self) -> None:
        """Keep the widgets as drawn: this run's message was not sent by the reader.

        A page that asks by itself for more of a run sends the values of all widgets as well. They
        are never news, but may be old ones.
        """
        for key, value in self.drawn.items():
            if key in st.session_state and st.session_state[key] != value:
                st.session_state[key] = value


def _held(mark: Mark, value: Any) -> Any:
    """Return what the widget of a mark holds for a value of the settings."""
    if isinstance(mark, Numbers):
        return mark.text(value)
    return mark.shown(value) if isinstance(mark, Range) and mark.options is not None else value
