"""The backward pass: what becomes of a gradient on its way down through batch norm."""

from typing import Any

import streamlit as st

from bnviz.labs.backward import LAB
from bnviz.labs.backward.check import check
from bnviz.labs.backward.check_view import checked
from bnviz.labs.view import Trace
from bnviz.ui import lesson
from bnviz.ui.repeat import clicks


def aside(trace: Trace[Any, Any]) -> None:
    """Offer the check by finite differences; each click draws another dy."""
    n = clicks(LAB.slug, "Check dx, dγ and dβ by finite differences")
    if n:
        st.markdown(checked(check(trace.settings, n - 1)))
    else:
        st.caption("Every click draws another random dy, for the settings as they are.")


lesson.teach(LAB, aside=aside)
