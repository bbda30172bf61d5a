"""The axes explorer: which numbers of a small tensor share a mean and a variance."""

import streamlit as st

from bnviz.figures.chart import alt_text
from bnviz.labs.axes import Request, Settings, Trace, findings, fit, run
from bnviz.labs.axes.blocks_view import blocks
from bnviz.labs.axes.slices_view import slices
from bnviz.ui import cells, instrument, page
from bnviz.ui.controls import controls
from bnviz.ui.ledger import evidence_line

SLUG = "axes"

SLICES = "Every cell of the tensor, slice by slice. Cells of one colour share their statistics."
BLOCKS = "The tensor as a block, once for each method, with the set of the chosen cell solid."

HOW_TO_READ = """
**One sentence, five methods.** Take the mean and the variance over some axes, standardize, scale
and shift. Batch, layer, group and instance norm differ only in those axes. RMS norm leaves the
mean out.

**Colour.** Cells of one colour share one mean and one variance, and no other cell has that colour.
The set of the chosen cell is solid. Click on a cell to choose it, or use the *Cell* controls under
**More**.

**Scale and shift.** Last of all, y = γ x̂ + β. γ and β have axes of their own: one number for each
channel in BN, GN and IN, but one for each single feature in LN and RMS. The table counts them.

**Two letters hide a choice.** Layer norm takes *all* of an image, C × H × W, but of a sequence only
C, at each position for itself: that is `LayerNorm(d_model)` in a transformer. So its answer to a
token does not depend on the other tokens of the sentence. Some networks take layer norm over C at
each pixel of an image too; that is not GN with G = 1. BN, GN and IN want the channel second, as in
PyTorch, and a sequence is transposed for them.
"""

TRY_THIS = """
Predict first, then look:

1. Choose **GN** and move **Groups G** from 1 to C. Which two methods do you meet at the ends?
2. Choose **BN** and set **Samples N** to 1. Which method has the same sets now?
3. Choose **sequences** and **LN**. How many means are there for 3 samples of 3 positions?
4. Set N to 2 and H and W to 1, with **BN**. Which two values can x̂ take?
"""

TABLE = """
Nothing in this table was typed in. Each answer comes from running the layers of `bnviz.nn` on your
tensor, in float64: the first sample alone and in its batch; in training and then in evaluation;
with the other samples changed; and, for folding, with the test of an affine map,
f(a + b) + f(0) = f(a) + f(b). A number is the largest change of an output. A batch of one is given
a second sample first, for there is no other way to ask about other samples. {mark}
"""

SOURCES = """
Batch norm: Ioffe & Szegedy 2015, section 3.2. Layer norm: Ba, Kiros & Hinton 2016. Instance norm:
Ulyanov, Vedaldi & Lempitsky 2016. Group norm, and the idea of the block: Wu & He 2018, figure 2.
RMS norm: Zhang & Sennrich 2019.
"""


@st.cache_data(max_entries=64, show_spinner=False)
def traced(settings: Settings) -> Trace:
    """Return the trace of these settings; it takes some milliseconds."""
    return run(settings)


def draw(trace: Trace) -> None:
    """Draw the tensor, the blocks and the chosen cell's arithmetic."""
    page.takeaway(findings.takeaway(trace))
    with st.container(key="pair"):  # page.css: one below the other where the second has no room
        tensor, arithmetic = st.columns([1.5, 1], gap="medium")
    with tensor:
        figure = slices(trace)
        alt = alt_text(figure, SLICES)
        cells.clickable(figure, SLUG, trace.settings.places, alt=alt)
    with arithmetic:
        st.latex(findings.formulas(trace))
        figure = blocks(trace)
        st.plotly_chart(cells.drawn(figure), theme=None, alt=alt_text(figure, BLOCKS))
    st.code(trace.chosen.lines, language="python")


def explain(trace: Trace) -> None:
    """Write what stands below the pictures."""
    st.subheader("What each method can do with this tensor")
    st.table(findings.table(trace))
    st.markdown(TABLE.format(mark=page.evidence("measured here")))
    reading, trying = st.columns([2, 1], gap="large")
    with reading:
        st.subheader("How to read the pictures")
        st.markdown(HOW_TO_READ)
        st.subheader("The code that did it")
        st.markdown("Copied from the running program, without its docstring:")
        st.code(trace.source, language="python")
    with trying:
        st.subheader("Try this")
        st.markdown(TRY_THIS)
        st.subheader("Relatives")
        lines = "\n".join(f"- {findings.identity(found)}." for found in trace.identities)
        st.markdown(f"On this tensor: {page.evidence('measured here')}\n\n{lines}")
        name = f"{trace.settings.method}_{trace.settings.seed}"
        instrument.numbers(SLUG, findings.cells(trace), name)
    st.caption(SOURCES)
    evidence_line(SLUG)
    page.onward(SLUG)


with page.frame(SLUG, Request) as state:
    top = st.container()
    rail, bench = st.columns([1.3, 4.2], gap="medium")
    with rail:
        settings, changed = fit(controls(state))
    with top:
        page.notes(state.notes)
    trace = traced(settings)
    with bench:
        if changed:
            st.text(f"Changed to fit: {'. '.join(changed)}.")
        draw(trace)
    explain(trace)
