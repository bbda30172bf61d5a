"""A tiny app with nothing but a stage, for the browser tests: each chart moves in its own way.

``curve`` moves only its guide and its title, ``bars`` moves its numbers (quantised), ``fixed`` does
not move and has a long title, ``norms`` has a log axis, moving labels and two picks. The page says
what Python has heard. "New run" makes other numbers; "Stream" lets a run grow, from no snapshot at
all; "Follow a link" is what a link to the open page does.
"""

import numpy as np
import streamlit as st

from bnviz.figures import theme
from bnviz.figures.frames import Frames
from bnviz.labs.view import Timeline
from bnviz.ui.stage import Chart, Pick, chosen, stage

N_STEPS = 400
STEPS = list(range(0, N_STEPS + 1, 10))
LONG_TITLE = (
    "This finding takes more words than one line of a narrow chart can hold, and none is cut off"
)


def curve(version, steps):
    x = np.arange(N_STEPS + 1.0)
    loss = (2.3 - 0.2 * version) * np.exp(-x / 120)
    return {
        "data": [theme.line(x, loss, theme.WITH, name="with BN")],
        "layout": {
            "title": theme.finding(Frames([f"Loss at step {s}: {loss[s]:.2f}" for s in steps])),
            "xaxis": theme.axis("Step", range=[0, N_STEPS]),
            "yaxis": theme.axis("Loss", "nats", range=[0, 2.5]),
            "shapes": [theme.guide(x=Frames(np.array(steps, float)))],
        },
    }


def bars(version, steps):
    heights = np.outer(np.array(steps) / N_STEPS + version, np.arange(1, 6))
    bar = {"type": "bar", "y": Frames(heights, bits=16), "marker": {"color": theme.WITHOUT.color}}
    layout = {"title": theme.finding("Bars grow"), "yaxis": theme.axis("Height", "m")}
    return {"data": [bar], "layout": layout}


def fixed():
    line = theme.line(np.arange(5), np.arange(5.0), theme.REFERENCE, name="identity")
    return {"data": [line], "layout": {"title": theme.finding(LONG_TITLE)}}


def norms(layer, steps):
    layers = np.arange(1, 7)
    norm = 10.0 ** np.array([-layers * s / N_STEPS for s in steps])
    data = [
        theme.line(layers, Frames(norm), theme.WITHOUT, name="without BN"),
        theme.end_label(layers, Frames(norm), "without BN", theme.WITHOUT),
    ]
    title = theme.finding(f"Layer {layer} of 6")
    return {"data": data, "layout": {"title": title, "yaxis": theme.log_axis("Norm")}}


def charts(version, steps, visit):
    layers = {str(k): f"layer {k}" for k in range(1, 7)}
    layer = chosen("stage", Pick("layer", "Layer", layers, "1", "select"), visit)
    kinds = {"g": "gradient", "u": "update"}
    kind = chosen("stage", Pick("kind", "Quantity", kinds, "g"), visit)
    alts = Frames([f"At step {s} the curve falls" for s in steps])
    return [
        Chart("curve", curve(version, steps), alts),
        Chart("bars", bars(version, steps), "Five bars"),
        Chart("fixed", fixed(), "A straight line"),
        Chart("norms", norms(layer.value, steps), "Norms fall with depth", [kind, layer]),
    ]


def main():
    st.set_page_config(layout="wide")
    memory = st.session_state
    memory.setdefault("version", 0)
    memory.setdefault("n_done", len(STEPS))
    new, stream, follow = st.columns(3)
    if new.button("New run"):
        memory.version += 1
    if stream.button("Stream"):
        memory.n_done = -2
    if follow.button("Follow a link"):
        st.query_params["step"] = "250"
        memory.visit = "a link"
    visit = memory.get("visit", "")
    running = memory.n_done < len(STEPS)

    def draw():
        memory.n_done = min(memory.n_done + 2, len(STEPS))
        steps = STEPS[: memory.n_done]
        link = st.query_params.get("step", "")
        state = stage(
            charts(memory.version, steps, visit),
            Timeline(steps, N_STEPS),
            running=memory.n_done < len(STEPS),
            step=int(link) if link.isdecimal() else None,
            key="stage",
            visit=visit,
            run=f"run {memory.version}",
        )
        st.text(f"heard step {state.step} kind {state.choices['kind']}")
        if running and memory.n_done == len(STEPS):
            st.rerun()

    st.fragment(draw, run_every=0.1 if running else None)()
    st.text("below the stage")


if __name__ == "__main__":
    main()
