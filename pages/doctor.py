"""The doctor: a symptom, or a report of a real model; its causes, each live, and the repair."""

import streamlit as st

from bnviz.doctor.search import LONGEST
from bnviz.labs.doctor import Settings
from bnviz.ui import doctor, page, report
from bnviz.ui.address import PageState
from bnviz.ui.ledger import evidence_line
from bnviz.ui.stage import fetch_early


def show_cause(state: PageState[Settings], here: doctor.Place) -> None:
    """Draw a cause: what it is, a live run, check and repair, and what lies behind."""
    doctor.list_causes(here)
    with st.container(key="fault"):
        st.markdown(f"#### {here.fault.sentence}")
    doctor.list_runs(here)
    charts = st.container()
    words, aside = st.columns([2.6, 1], gap="medium")
    with aside:
        settings = doctor.knobs(state, here.view)
    with charts:
        doctor.show_run(here.view, settings)
    with words:
        doctor.prescribe(here.fault)
    with aside:
        doctor.more(here.view, here.fault, settings)


with page.frame(doctor.SLUG, Settings, (*doctor.NAMES, "step"), longest=LONGEST) as state:
    fetch_early()
    top = st.container()
    rail, bench = st.columns([1.25, 4.2], gap="medium")
    with rail:
        by_symptom = doctor.door()
        if by_symptom:
            here = doctor.place(state.extras)
            doctor.ask(here)
        else:
            found, name = report.choose()
    with bench:
        if not by_symptom:
            if found is not None:
                report.show(found, name)
        elif here.fault is None or here.view is None:
            st.info("No fault has these words. Try fewer of them, or choose what you see.")
        else:
            show_cause(state, here)
    with top:
        page.notes([*state.notes, *doctor.misread(), *report.misread()])
    evidence_line(doctor.SLUG)
    page.onward(doctor.SLUG)
