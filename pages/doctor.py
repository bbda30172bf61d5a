"""The doctor: a symptom, or a report of a real model; its causes, each live, and the repair."""

import streamlit as st

from bnviz.labs.doctor import Settings
from bnviz.ui import doctor, page
from bnviz.ui.stage import fetch_early

with page.frame(doctor.SLUG, Settings, (*doctor.NAMES, "step")) as state:
    fetch_early()
    here = doctor.place(state.extras)
    top = st.container()
    rail, bench = st.columns([1.25, 4.2], gap="medium")
    with rail:
        doctor.ask(here)
    with bench:
        if here.fault is None or here.view is None:
            st.info("No fault has these words. Try fewer of them, or choose what you see.")
        else:
            doctor.list_causes(here)
            with st.container(key="fault"):
                st.markdown(f"#### {here.fault.sentence}")
            doctor.list_runs(here)
            charts = st.container()
            words, knobs = st.columns([2.6, 1], gap="medium")
            with knobs:
                settings = doctor.knobs(state, here.view)
            with charts:
                doctor.show_run(here.view, settings)
            with words:
                doctor.prescribe(here.fault)
            with knobs:
                doctor.more(here.view, here.fault, settings)
    with top:
        page.notes([*state.notes, *doctor.misread()])
    page.onward(doctor.SLUG)
