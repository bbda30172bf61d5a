"""The playground: the same small network twice, live, with and without batch normalization."""

from dataclasses import replace
from functools import partial

import streamlit as st

from bnviz.figures.chart import alt_text
from bnviz.labs.backward.presets import TWO
from bnviz.labs.playground import CHARTS, PRESETS, Settings, Trace, plan
from bnviz.labs.playground.findings import blocked, table, takeaway
from bnviz.labs.playground.lines_view import KEY
from bnviz.labs.preset import followed
from bnviz.labs.view import Timeline
from bnviz.settings import fields, nearest, number_text
from bnviz.ui import address, digit, instrument, linked_stage, page, strip, take_home
from bnviz.ui.compute import FIRST_PIECE_S, Following, follow, live, look_ahead
from bnviz.ui.controls import controls
from bnviz.ui.stage import Chart, Pick, fetch_early

SLUG = "playground"
MAIN = ("batch_size", "momentum", "eps")
"""The controls that are moved most; what they would show next is computed ahead."""

WHAT_IT_IS = r"""
**Batch normalization (BN)** rescales every unit of a layer. For each batch it takes the mean $\mu$
and the variance $\sigma^2$ of the unit over the examples of the batch, and computes

$$\hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma \hat x + \beta .$$

Scale $\gamma$ and shift $\beta$ are learned; *epsilon* $\epsilon$ keeps the division safe. A
network in use may see one example at a time, so there is no batch to take a mean over. Therefore
training also keeps **running statistics**, an average over past batches; *momentum* is the weight
of the newest one. **Train mode** uses the batch, **eval mode** the running statistics. Most
surprises with BN come from the difference of the two.
"""

TRY_THIS = """
Predict first, then move one slider:

1. Set **momentum** to 0.001. Which curves will change, and which cannot?
2. Set the **batch size** to 2. What values can x̂ take? Look *after BN* with the *axis* of *this
   step*, and go back to step 0.
3. Choose **ReLU** and a **learning rate** of 0.02. Which network is ahead now, and why?
"""

BLOCKED = "Two examples give ±1, whatever they are: why next to no gradient passes BN"

IDENTICAL = """
Both networks start from the same weights and train on the same batches in the same order (seed
{seed}). SHA-256 of the weights: `{hash}`. Only batch normalization differs: its scale starts at 1
and its shift at 0, and the layers before it need no bias.
"""

SOURCES = """
Batch normalization: Ioffe & Szegedy 2015, *Batch Normalization: Accelerating Deep Network Training
by Reducing Internal Covariate Shift*, Algorithms 1 and 2. Why it helps is contested: Santurkar et
al. 2018 and Bjorck et al. 2018 doubt the title's explanation. Digits: E. Alpaydin and C. Kaynak,
*Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, CC BY 4.0.
"""


def picks(settings: Settings) -> list[Pick]:
    """Return the choices in the headers of all charts, as they are at first."""
    return [pick for chart in CHARTS for pick in chart.picks(settings)]


def charts(trace: Trace, settings: Settings) -> list[Chart]:
    """Return the four charts, as the reader has picked them."""
    drawn = []
    for chart in CHARTS:
        chosen = [linked_stage.pick(SLUG, pick) for pick in chart.picks(settings)]
        figure = chart.draw(trace, {pick.name: pick.value for pick in chosen})
        alt = alt_text(figure, chart.what)
        drawn.append(Chart(chart.id, figure, alt, chosen, chart.name, chart.look))
    return drawn


def draw(following: Following, settings: Settings) -> None:
    """Draw the instrument: the sentence, the key of the lines, and the four charts."""
    trace: Trace = following.run.found
    times = Timeline(trace.steps.tolist(), trace.n_steps)
    drawn = charts(trace, settings)
    here = linked_stage.position(SLUG, drawn, times, running=following.going)
    page.takeaway(takeaway(trace, here.t), here.note)
    with st.container(key="keyrow", horizontal=True, vertical_alignment="center", gap="small"):
        instrument.key(KEY)
        instrument.stop_button(SLUG, following)
        if settings.batch_size == 2 and blocked(trace, here.t):
            address.link(BLOCKED, "backward", TWO.settings, extras=TWO.extras)
        if any(network.diverged_at is not None for network in trace.networks.values()):
            rate, _ = nearest(fields(Settings)["lr"], str(settings.lr / 10), settings.lr)
            lower = replace(settings, lr=rate)
            address.link(f"Lower the learning rate to {number_text(lower.lr)}", SLUG, lower)
    strip.draw(SLUG, trace, settings, here.t)
    first = {pick.name: pick.value for pick in picks(settings)}
    linked_stage.draw(SLUG, drawn, times, following, height=624, defaults=first, opens=True)


def explain(settings: Settings) -> None:
    """Write what stands below the instrument."""
    reading, trying = st.columns([2, 1], gap="large")
    with reading:
        st.subheader("What batch normalization is")
        st.markdown(WHAT_IT_IS)
        st.subheader("How to read the charts")
        st.markdown("\n\n".join(f"**{one.name}.** {one.reading.strip()}" for one in CHARTS))
    with trying:
        st.subheader("Try this")
        st.markdown(TRY_THIS)
        st.subheader("Identical start")
        following = follow(SLUG, plan(settings, digit.current(SLUG)))
        trace: Trace = following.run.wait(FIRST_PIECE_S)
        st.markdown(IDENTICAL.format(hash=trace.start_hash, seed=settings.seed))
        instrument.numbers(SLUG, table(trace), following.name)
        take_home.offer(SLUG, settings, trace)
    st.caption(SOURCES)


NAMES = ("step", digit.DIGIT, strip.MODE, strip.UNIT, *(pick.name for pick in picks(Settings())))
with page.frame(SLUG, Settings, NAMES) as state:
    fetch_early()
    top = st.container()
    rail, bench = st.columns([1, 4.4], gap="medium")
    with rail:
        settings = controls(state, presets=PRESETS)
        if preset := followed(PRESETS, settings):
            st.caption(preset.words)
    with top:
        offered = {pick.name: [*pick.options] for pick in picks(settings)}
        page.notes(
            [*state.notes, *linked_stage.misread(SLUG, offered), *strip.misread(SLUG, settings)]
        )
    with bench:
        plan_of = partial(plan, example=digit.current(SLUG))
        live(SLUG, plan_of(settings), lambda following: draw(following, settings))
        look_ahead(SLUG, settings, plan_of, MAIN, PRESETS)
    explain(settings)
