"""The backward pass: what becomes of a gradient on its way down through batch norm."""

import streamlit as st

from bnviz.figures import backward as figures
from bnviz.labs import backward as lab
from bnviz.labs.backward import findings
from bnviz.ui import lesson_old as lesson
from bnviz.ui.repeat import clicks

SLUG = "backward"

READING = """
**One unit, one batch.** x is drawn from a normal distribution with mean 2 and standard deviation 3;
these two are also the running statistics of eval mode. dy is the gradient of the loss at the
output, dx the gradient at the input, and dx̂ = γ dy.

**Colour.** Blue is the right gradient: what passes. Green is what batch norm takes out of dx̂: the
same mean from every sample (plain), and a multiple of its x̂ (hatched). Pink is the wrong gradient,
which treats the statistics as constants. Grey is what comes from above.

**The three terms.** Over x̂ the two parts together are a straight line: the one that fits best
through the points, but for a little because of ε. The upright strokes are what is left; divided by
√(σ² + ε) they are dx.

**Finite differences.** Every x is moved by h each way, and the change of the loss is divided by 2h.
The loss is the sum of random dy times y. A large h bends the slope, a tiny one leaves it to
rounding.

**Statistics as constants.** Three layers of 16 units, each with weights, a bias, batch norm and
ReLU, trained with batches of 32. Both runs share start and batches; only the backward pass of batch
norm differs. The grey line is the loss of guessing; the loss is drawn as the mean of ten batches.

**The bias; train and eval.** One layer of 16 units before its training. Eval mode uses the mean and
the variance of all training digits.
"""


def aside(trace: lab.Trace, settings: lab.Settings) -> None:  # noqa: ARG001
    """Offer the check by finite differences; each click draws another dy."""
    n = clicks(SLUG, "Check dx, dγ and dβ by finite differences")
    if n:
        st.markdown(findings.checked(lab.check(settings, n - 1)))
    else:
        st.caption("Every click draws another random dy, for the settings as they are.")


lesson.teach(SLUG, lab, figures, reading=READING, aside=aside)
