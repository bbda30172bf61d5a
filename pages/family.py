"""The normalization family: which norm to take, and what each of them needs."""

import streamlit as st

from bnviz.figures import family as figures
from bnviz.labs import family as lab
from bnviz.ui import lesson_old as lesson
from bnviz.ui import page

READING = """
**Batch sizes.** Each network has three hidden layers of 64 ReLU units and learns the digits for
400 steps at a rate of 0.03. Lines are means of three recorded starts, bands their lowest and
highest; the open diamond is trained now. Group norm has 8 groups, ghost BN chunks of at most 4
digits. A network without pictures inside has no spatial axes, so group norm only has fewer numbers
to average than layer norm. Small batches also see fewer digits in 400 steps.

**Classes in a batch.** Batches of 16 digits, drawn from so many classes. *BN, batch*: the same
network, asked in batches of unseen digits that are drawn in the same way, each with its own
statistics.

**Renormalization.** Rings are BN, filled dots renormalization: 16 features of mean 0.3 and
deviation 1 go through a layer whose running statistics are 0 and 1. The other chart shows networks
that were trained with four sets of limits (r is r_max, d is d_max, p the momentum), in batches of
2, 4 and 32 digits, as the numbers above them tell. Dots and thin lines are the mean and the range
of three starts.

**Pictures and style.** Each colour is a channel. The result of instance norm is shown with its 0
as middle grey. AdaIN (adaptive instance norm) copies only the means and deviations; shapes stay.
"""


def credit(trace: lab.Trace, settings: lab.Settings) -> None:
    """Say what is recorded and what is live, and where the axes are."""
    del settings
    st.caption(
        f"Lines, bars and bands: {trace.record.credit}. Diamonds, the layer and the pictures are "
        f"this run. {page.evidence('measured here')}"
    )
    st.page_link("pages/axes.py", label="Which numbers share a mean? The axes explorer")


lesson.teach("family", lab, figures, reading=READING, aside=credit)
