"""The playground's four figures drawn in one of two ways; a test compares how long it takes."""

import streamlit as st

from bnviz.figures.still import still
from bnviz.labs.playground import Settings, chart, run
from bnviz.labs.view import Timeline
from bnviz.ui.stage import Chart, stage

st.set_page_config(layout="wide")
value = st.slider("value", 0, 40, 0)


@st.cache_resource(max_entries=1)
def trace():
    """Return one finished run; the time of training is not compared here."""
    return run(Settings(n_steps=100))


done = trace()
drawn = {
    "learning": chart("learning").figure(done),
    "activations": chart("activations").figure(done, site="activated"),
    "gradients": chart("gradients").figure(done, flow="gradient"),
    "gap": chart("gap").figure(done, layer="1", statistic="mean"),
}
for figure in drawn.values():
    figure["data"][0]["name"] = str(value)

if st.query_params.get("way") == "stage":
    charts = [Chart(name, figure, name) for name, figure in drawn.items()]
    stage(charts, Timeline(done.steps, done.n_steps), running=False, key="stage")
else:
    left, right = st.columns(2)
    for index, (name, figure) in enumerate(drawn.items()):
        with (left, right)[index % 2]:
            st.plotly_chart(still(figure), theme=None, key=name, height=300)
