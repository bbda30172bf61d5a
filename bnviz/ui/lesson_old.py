"""The frame of all labs that teach: predict, run, explain.

A lab's page is a few lines and its words::

    lesson.teach("anatomy", lab, figures, reading=READING)

Before the prediction only the question and the locked controls are there. After it come the
prediction beside the outcome, the plot that answers, further plots behind a row of buttons, and
below them what happened: formula, numbers, code, claims. All of it stands in the link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import streamlit as st

from bnviz.figures.chart import Chart
from bnviz.labs.execution import old_arm
from bnviz.labs.lesson import SKIPPED, Claim, Lesson
from bnviz.labs.preset import Preset
from bnviz.labs.source import source
from bnviz.labs.view import Timeline
from bnviz.ui import address, instrument, page, question, view
from bnviz.ui.compute import FIRST_PIECE_S, Following, follow, live
from bnviz.ui.controls import controls
from bnviz.ui.ledger import evidence_line
from bnviz.ui.question import PREDICTED, TRANSFER
from bnviz.ui.stage import fetch_early

VIEW, UNLOCKED, STEP = "view", "unlocked", view.STEP
NAMES = (STEP, VIEW, UNLOCKED, PREDICTED, TRANSFER)
"""What a lesson keeps in its link beside the settings."""
MOMENT_S = 0.06
"""A run that is over within this time is drawn once, without a first picture of its beginning."""
HIGH, LOW = 520, 430
"""Height in px of a stage of more than two charts, and of one with fewer."""


class Findings(Protocol):
    """The words of a lab that depend on its run."""

    def takeaway(self, trace: Any, view: str) -> str:
        """State what happened, in one sentence of Markdown."""

    def formula(self, trace: Any, view: str) -> str:
        """Write the formula, and the same with the reader's numbers, as LaTeX."""

    def table(self, trace: Any) -> Mapping[str, Any]:
        """Give the numbers as columns."""


class Lab(Protocol):
    """What the package of a lab offers to its page."""

    LESSON: Lesson
    Settings: type[Any]
    findings: Findings


class Figures(Protocol):
    """What the figures of a lab offer to its page."""

    def charts(self, trace: Any, view: str) -> Sequence[Chart]:
        """Give at most four charts."""


@dataclass(frozen=True)
class Standing:
    """Where a reader stands in a lesson.

    Parameters
    ----------
    predicted : str or None
        A letter, or "skipped"; None before the result is shown.
    view : str
        The view on show.
    unlocked : bool
        Whether all controls are free.
    """

    predicted: str | None
    view: str
    unlocked: bool


def standing(slug: str, lesson: Lesson) -> Standing:
    """Return where the reader stands, from the link or from what was clicked since."""
    state = address.state(slug)
    shown = state.recall(VIEW)
    return Standing(
        predicted=question.answered(slug, PREDICTED, lesson.question),
        view=shown if shown and shown in lesson.views else lesson.first_view,
        unlocked=state.recall(UNLOCKED) == "1",
    )


def set_aside(slug: str, lesson: Lesson) -> list[str]:
    """Say what a link wants to be looked at that is not there, a sentence each."""
    wanted = {
        PREDICTED: (*lesson.question.letters, SKIPPED),
        VIEW: tuple(lesson.views),
        UNLOCKED: ("1",),
        TRANSFER: tuple(lesson.transfer.letters),
    }
    state = address.state(slug)
    return [note for name, texts in wanted.items() for note in state.misread(name, texts)]


def teach(
    slug: str,
    lab: Any,
    figures: Any,
    *,
    reading: str,
    aside: Callable[[Any, Any], None] | None = None,
    before: Callable[[bool], None] | None = None,
) -> None:
    """Draw the whole page of a lab.

    Parameters
    ----------
    slug : str
        The lab.
    lab : module
        Its package; see ``Lab``. ``PRESETS``, if it has any, become links.
    figures : module
        Its figures; see ``Figures``.
    reading : str
        How to read the pictures, Markdown; see ``reading_of``.
    aside : callable, optional
        ``aside(trace, settings)`` draws what is special to this lab, below the charts.
    before : callable, optional
        ``before(locked)`` draws further input, below the controls.
    """
    lesson: Lesson = lab.LESSON
    with page.frame(slug, lab.Settings, NAMES) as state:
        fetch_early()
        where = standing(slug, lesson)
        top = st.container()
        rail, bench = st.columns([1, 4.4], gap="medium")
        with rail:
            settings = controls(
                state,
                presets=_carried(getattr(lab, "PRESETS", ()), where),
                free=_free(lesson, where),
            )
            if where.predicted is not None:
                _lock(slug, where)
            if before is not None:
                before(_free(lesson, where) == ())
        with top:
            page.notes([*state.notes, *set_aside(slug, lesson)])
        asked = old_arm(slug, lab, settings, where.view)
        follow(slug, asked).run.wait_over(MOMENT_S)  # it runs while the reader thinks
        with bench:
            if where.predicted is None:
                question.ask(slug, lesson, away=question.moved(settings))
                return
            away = bool(question.moved(settings))
            question.recall_prediction(slug, lesson.question, where.predicted, away=away)
            _views(slug, lesson, where)
            live(slug, asked, lambda following: _draw(slug, lab, figures, where, following))
        trace = follow(slug, asked).run.wait(FIRST_PIECE_S)
        if aside is not None:
            with bench:
                aside(trace, settings)
        _explain(slug, lab, where, trace, reading)


def _free(lesson: Lesson, where: Standing) -> tuple[str, ...] | None:
    """Return the fields that can be changed; None for all."""
    if where.predicted is None:
        return ()
    return None if where.unlocked else lesson.free(where.view)


def _carried(presets: Sequence[Preset[Any]], where: Standing) -> list[Preset[Any]]:
    """Give presets that keep the result in sight; none before it, as they tell the answer."""
    if where.predicted is None:
        return []
    stay = {PREDICTED: where.predicted, UNLOCKED: "1"}
    return [replace(preset, view={**stay, **preset.view}) for preset in presets]


def _lock(slug: str, where: Standing) -> None:
    st.button(
        "Lock again" if where.unlocked else "Unlock all",
        icon=":material/lock:" if where.unlocked else ":material/lock_open:",
        key=f"{slug}_lock",
        help="One control at a time shows what it does. Unlock all to explore freely.",
        on_click=address.state(slug).remember,
        args=(UNLOCKED, None if where.unlocked else "1"),
        width="stretch",
    )


def _views(slug: str, lesson: Lesson, where: Standing) -> None:
    """Draw the row of views; a new key for each visit, as a link may choose another one."""
    if len(lesson.views) == 1:
        return
    state = address.state(slug)
    key = f"{slug}_{VIEW}_{state.visit}"

    def keep() -> None:
        chosen = st.session_state[key]
        state.remember(VIEW, None if chosen == lesson.first_view else chosen)
        state.remember(STEP, None)

    st.segmented_control(
        "What to look at",
        list(lesson.views),
        format_func=lambda name: lesson.views[name],
        default=where.view,
        required=True,
        key=key,
        on_change=keep,
        label_visibility="collapsed",
    )


def _draw(slug: str, lab: Any, figures: Any, where: Standing, following: Following) -> None:
    """Draw what comes anew with each piece of a run: the sentence and the charts."""
    trace = following.run.found
    with st.container(key="outcome", horizontal=True, vertical_alignment="center", gap="small"):
        page.takeaway(lab.findings.takeaway(trace, where.view))
        instrument.stop_button(slug, following)
    charts = figures.charts(trace, where.view)
    times = Timeline(trace.steps.tolist(), trace.n_steps, getattr(trace, "step_labels", ()))
    view.draw(slug, charts, times, following, height=HIGH if len(charts) > 2 else LOW)


def _code(slug: str, lesson: Lesson, shown: str) -> None:
    """Offer the code; the browser loads what colours it once it is unfolded."""
    label = "The code that did it"
    fold = st.expander(label, icon=":material/code:", key=f"code_{slug}", on_change="rerun")
    if fold.open:
        with fold:
            st.caption("Copied from the running program, without its docstrings.")
            for function in lesson.code_of.get(shown, lesson.code):
                st.code(source(function), language="python")


def reading_of(reading: str, lesson: Lesson, shown: str) -> str:
    """Leave out the paragraphs on other views: those that begin with the label of one, in bold."""
    others = [f"**{label}" for view, label in lesson.views.items() if view != shown]
    paragraphs = reading.strip().split("\n\n")
    return "\n\n".join(text for text in paragraphs if not text.startswith(tuple(others)))


def _list(claims: Sequence[Claim]) -> str:
    """Write claims with their evidence as a Markdown list."""
    return "\n".join(f"- {c.text} {page.evidence(c.evidence, c.source)}" for c in claims)


def _explain(slug: str, lab: Any, where: Standing, trace: Any, reading: str) -> None:
    """Write what happened: formula, numbers, code, claims, and what to try next."""
    lesson: Lesson = lab.LESSON
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("What happened, in numbers")
        st.latex(lab.findings.formula(trace, where.view))
        instrument.numbers(slug, lab.findings.table(trace), slug)
        st.subheader("How to read the pictures")
        st.markdown(reading_of(reading, lesson, where.view))
        if where.view in lesson.notes:
            st.subheader("Where this matters")
            st.markdown(_list(lesson.notes[where.view]))
        st.subheader("How this is known")
        st.markdown(_list(lesson.claims_of(where.view)))
        _code(slug, lesson, where.view)
    with right:
        st.subheader("Try this")
        page.try_this(lesson.tries.get(where.view, lesson.try_this))
        st.subheader("And in another case?")
        question.transfer(slug, lesson.transfer)
    st.caption(lesson.sources)
    evidence_line(slug)
