"""What a component in the browser has said in this visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st


def reported(key: str, name: str, visit: str) -> Any:
    """Return the value that a component has reported under a name; None for nothing.

    A report names the visit that it belongs to: after a link was followed, older ones do not count.
    """
    report = (st.session_state.get(key) or {}).get(name)
    if not isinstance(report, Mapping) or report.get("visit") != visit:
        return None
    return report.get("value")
