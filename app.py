"""The playground: the same small network twice, live, with and without batch normalization."""

import streamlit as st

from bnviz.figures import playground as figures
from bnviz.labs.playground import Settings
from bnviz.ui import address, compute, page
from bnviz.ui.controls import controls
from bnviz.ui.stage import Chart, Pick, chosen, stage

SLUG = "playground"
VIEW = ("step", "site", "flow", "layer", "statistic")

with page.frame(SLUG):
    rail, instrument = st.columns([1, 4.4], gap="medium")
    with rail:
        settings = controls(Settings, SLUG, view=VIEW)
    run = compute.follow(SLUG, settings)

    def charts(trace):
        return [Chart("learning", figures.learning(trace), alt="x"),
                Chart("activations", figures.activations(trace, "activated"), alt="x"),
                Chart("gradients", figures.gradients(trace, "gradient"), alt="x"),
                Chart("gap", figures.gap(trace, 1, "mean"), alt="x")]

    def draw():
        compute.follow(SLUG, settings)
        trace = run.wait(5)
        stage(charts(trace), steps=trace.steps, n_steps=trace.n_steps, running=not run.over, key="stage")
        if run.over and was_running:
            st.rerun()

    was_running = not run.over
    with instrument:
        st.fragment(draw, run_every=0.1 if was_running else None)()
