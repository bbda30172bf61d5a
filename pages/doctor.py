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
            settings = state.settings
        else:
            doctor.list_causes(here)
            st.markdown(f"#### {here.fault.sentence}")
            doctor.list_runs(here)
            run, knobs = st.columns([3.4, 1], gap="medium")
            with knobs:
                settings = doctor.knobs(state, here.view)
            with run:
                doctor.show_run(here.view, settings)
            doctor.prescribe(here.fault)
            doctor.show_more(here.view, here.fault, settings)
            doctor.where(here.fault)
    with top:
        page.notes([*state.notes, *state.misread(doctor.wanted())])
    page.onward(doctor.SLUG)
