"""How do we know? One layer at a time, this project's numbers beside those of PyTorch."""

from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

import streamlit as st

from bnviz import reference
from bnviz.doctor.confusion import confusion
from bnviz.labs import proof
from bnviz.labs.proof import findings
from bnviz.labs.proof.record import record
from bnviz.ui import page
from bnviz.ui.comparison import comparison
from bnviz.ui.controls import controls
from bnviz.ui.repeat import clicks
from bnviz.ui.torch_worker import pytorch

SLUG = "proof"
AT_ONCE_S = 0.25
"""An answer that comes within this time is shown without an interlude."""
TICK_S = 0.4

HOW_TO_READ = """
**The same arrays go into both.** They are drawn from the seed, the gradient at the output included,
with no value at a special place: a gamma of 1 or a running mean of 0 would hide mistakes. Of each
quantity you see the two numbers that lie farthest apart; the digits from the first difference on
are underlined. The dot is that difference on a logarithmic axis, from 10⁻⁵ to 10 times the
tolerance, and the upright line is the tolerance.

**How the tolerance is chosen.** Two programs that add in different orders differ by rounding alone.
What passes is (16 + √n) · ε · size: n is the number of values in the longest sum, ε the distance
from 1 to the next number of the chosen precision, and size that of the largest number that is added
on the way to the quantity. A large mean makes that size large: digits are lost, here as there.
"""

CONVENTIONS = """
| | running statistic after a batch | variance that is stored |
| --- | --- | --- |
| PyTorch, and here | (1 − m) · old + m · batch | unbiased, divided by n − 1 |
| Keras 3 | m · old + (1 − m) · batch | biased, divided by n |
| the paper | mean over many batches, weights frozen | unbiased |

Older Keras stored the unbiased variance of images, where TensorFlow's fused kernel did the work: of
1, 2, 3, 4 it kept 1.667, Keras 3 keeps 1.25.
"""

TRY_THIS = """
Predict first, then move one control:

1. Read momentum as **Keras** does. Which rows change, and which cannot?
2. Set the **batch size** and the **side** to 1 for BatchNorm1d. What does the page say?
3. Under *More*, set the **mean of the input** to 1000 in **float32**. How many digits are left?
"""

SOURCES = """
Conventions: Ioffe & Szegedy 2015, Algorithms 1 and 2; the documentation of torch.nn.BatchNorm2d and
of keras.layers.BatchNormalization. Rounding: Higham & Mary 2019, *A New Approach to Probabilistic
Rounding Error Analysis*, SIAM Journal on Scientific Computing 41.
"""


def ask(settings: proof.Settings) -> Future[Any] | None:
    """Ask PyTorch; None if it is not installed. Conventions of this project are no question."""
    if reference.torch_version() is None:
        return None
    problem = proof.draw(settings)
    key = replace(settings, convention="pytorch", variance="unbiased")
    return pytorch().ask(key, problem.function, problem.arguments, problem.dy)


def compare(settings: proof.Settings) -> None:
    """Draw the comparison, and again once PyTorch has answered."""
    asked = ask(settings)
    waiting = asked is not None and not wait([asked], AT_ONCE_S).done

    def area() -> None:
        with page.guard(SLUG):
            if asked is not None and asked.done() and asked.exception() is None:
                draw_live(settings, asked.result())
            else:
                draw_recorded(settings, asked)
        if waiting and asked is not None and asked.done():
            st.rerun()  # the whole script, which then draws this without a timer

    st.fragment(area, run_every=TICK_S if waiting else None, key=f"compare_{SLUG}")()


def draw_live(settings: proof.Settings, answer: Any) -> None:
    """Draw what PyTorch has just answered."""
    rows = proof.run(settings, answer)
    page.takeaway(findings.verdict(rows, settings))
    shape = " × ".join(map(str, settings.shape))
    version = str(reference.torch_version()).split("+")[0]  # without the tag of the build
    st.caption(f"Live: input {shape}, PyTorch {version} in a process of its own.")
    comparison(rows)


def draw_recorded(settings: proof.Settings, asked: Future[Any] | None) -> None:
    """Draw what was recorded, and say why."""
    kept, usual = record(), proof.Settings()
    rows = kept.rows[settings.layer, settings.dtype, settings.mode]
    page.takeaway(findings.verdict(rows, settings))
    if asked is None:
        why = "PyTorch is not installed on this server. What you see was"
    elif not asked.done():
        why = "PyTorch is starting. Until then:"
    else:
        why = f"PyTorch could not answer ({type(asked.exception()).__name__}). What you see was"
    shape = " × ".join(map(str, replace(usual, layer=settings.layer).shape))
    st.caption(f"{why} {findings.recorded(kept)}, input {shape}.")
    comparison(rows)


def check_slopes(settings: proof.Settings) -> None:
    """Offer the check by finite differences; each click draws another cotangent."""
    n = clicks(SLUG, "Check the gradients by finite differences")
    if not n:
        st.caption(
            "It needs no PyTorch: every input is moved a little each way, and the slopes are "
            "compared with the backward pass, under a random gradient at the output."
        )
        return
    found = proof.differences(settings, n - 1)
    st.markdown(findings.differences(found))
    st.caption(findings.plain_sum(found))


def explain() -> None:
    """Write what stands below the comparison."""
    reading, trying = st.columns(2, gap="large")
    with reading:
        st.subheader("How to read it")
        st.markdown(HOW_TO_READ)
    with trying:
        st.subheader("Try this")
        st.markdown(TRY_THIS)
        st.subheader("Conventions")
        st.markdown(CONVENTIONS)


def list_diagnoses() -> None:
    """Draw how often the check-up of a model named the fault first."""
    found = confusion()
    st.subheader("Does the check-up find the fault?")
    well = sum(found.healthy.values())
    st.markdown(
        f"{found.broken} small networks ({', '.join(found.kinds)}) were each broken in one way: "
        f"the check-up named the fault first in {found.right}. Of {well} that are well, "
        f"{found.false_alarms} got an error or a warning. Recorded on {found.date} with PyTorch "
        f"{found.versions['torch']}, from starts that chose no threshold."
    )
    rows = [*found.first.items(), ("none", found.healthy)]
    columns = {
        "What is wrong": [code for code, _ in rows],
        "Networks": [str(sum(row.values())) for _, row in rows],
        "What was found first, and how often": [
            ", ".join(f"{first} {n}" for first, n in row.items()) for _, row in rows
        ],
    }
    page.numbers(columns, name="diagnoses")


def list_checks() -> None:
    """Draw the table of all checks."""
    st.subheader("Everything that is checked")
    lines = proof.checks()
    st.markdown(
        f"The tests of this project make {len(lines)} claims of this kind. The table is read from "
        "the marks on the tests themselves."
        if lines
        else "The table is read from the tests, and they are not on this server."
    )
    columns = {
        "What": [line.what for line in lines],
        "How": [line.how for line in lines],
        "Tolerance": [line.tolerance for line in lines],
        "Test": [line.test.removeprefix("tests/") for line in lines],
    }
    page.numbers(columns, name="checks")
    st.caption(SOURCES)


with page.frame(SLUG, proof.Request) as state:
    top = st.container()
    rail, bench = st.columns([1, 4.4], gap="medium")
    with rail:
        settings, misfits = proof.fit(controls(state))
    with top:
        page.notes(state.notes)
    with bench:
        for sentence in misfits:
            st.caption(f":material/info: {sentence}.")
        compare(settings)
        st.markdown(findings.conventions(proof.effect(settings), settings))
        check_slopes(settings)
        explain()
    list_diagnoses()
    list_checks()
    page.onward(SLUG)
