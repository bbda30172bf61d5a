"""The frame of all labs that teach: predict, run, explain.

A lab's page is one call::

    lesson.teach(LAB)

Before the prediction only the question and the locked controls are there. After it come the
prediction beside the outcome, the charts of the view that answers, further views behind a row of
buttons, and below them what happened: formula, numbers, code, claims. All of it stands in the link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.preset import Preset
from bnviz.labs.question import SKIPPED
from bnviz.labs.source import source
from bnviz.labs.view import Trace, View
from bnviz.ui import address, instrument, linked_stage, page, question
from bnviz.ui.compute import FIRST_PIECE_S, Following, follow, live
from bnviz.ui.controls import controls
from bnviz.ui.ledger import evidence_line
from bnviz.ui.question import PREDICTED, TRANSFER
from bnviz.ui.registry import page_of
from bnviz.ui.stage import fetch_early

VIEW, UNLOCKED, STEP = "view", "unlocked", linked_stage.STEP
NAMES = (STEP, VIEW, UNLOCKED, PREDICTED, TRANSFER)
"""What a lesson keeps in its link beside the settings."""
MOMENT_S = 0.06
"""A run that is over within this time is drawn once, without a first picture of its beginning."""
HIGH, LOW = 520, 430
"""Height in px of a stage of more than two charts, and of one or two."""


@dataclass(frozen=True)
class LessonState:
    """Where a reader is in a lesson."""

    predicted: str | None  # a letter, or "skipped"; None before the result is shown
    view: View
    unlocked: bool  # whether all controls are free

    @property
    def free(self) -> tuple[str, ...] | None:
        """The fields that can be changed; None for all."""
        if self.predicted is None:
            return ()
        return None if self.unlocked else self.view.free


def read_state(lab: Lab) -> LessonState:
    """Return where the reader is, from the link or from what was clicked since."""
    link = address.state(lab.slug).extras
    return LessonState(
        predicted=question.answered(lab.slug, PREDICTED, lab.question),
        view={view.name: view for view in lab.views}.get(link.get(VIEW, ""), lab.first),
        unlocked=link.get(UNLOCKED) == "1",
    )


def misread(lab: Lab) -> list[str]:
    """Return a sentence for each part of a link that names what the lab does not have."""
    wanted = {
        PREDICTED: (*lab.question.letters, SKIPPED),
        VIEW: [view.name for view in lab.views],
        UNLOCKED: "1",
        TRANSFER: lab.transfer.letters,
    }
    return linked_stage.misread(lab.slug, wanted)


def teach(lab: Lab, *, aside: Callable[[Trace[Any, Any]], None] | None = None) -> None:
    """Draw the whole page of a lab; ``aside(trace)`` draws what it alone has, below the charts."""
    slug = lab.slug
    with page.frame(slug, lab.settings, NAMES) as link:
        fetch_early()
        state = read_state(lab)
        top = st.container()
        rail, bench = st.columns([1, 4.4], gap="medium")
        with rail:
            presets = _carried(lab.presets, state)
            settings = controls(link, presets=presets, free=state.free)
            if state.predicted is not None:
                _lock(slug, state)
        with top:
            page.notes([*link.notes, *misread(lab)])
        arm = state.view.arm(settings)
        follow(slug, arm).run.wait_over(MOMENT_S)  # it runs while the reader thinks
        with bench:
            away = question.moved(settings)
            if state.predicted is None:
                question.ask(slug, lab, away=away)
                return
            question.recall_prediction(slug, lab.question, state.predicted, away=bool(away))
            _views(lab, state)
            live(slug, arm, lambda following: _draw(lab, state.view, settings, following))
        trace = Trace(settings, follow(slug, arm).run.wait(FIRST_PIECE_S))
        with bench:
            _below(lab, state.view, trace, aside)
        _explain(lab, state.view, trace)


def _carried(presets: Sequence[Preset[Any]], state: LessonState) -> list[Preset[Any]]:
    """Return presets that keep the result in sight; none before it, as they tell the answer."""
    if state.predicted is None:
        return []
    stay = {PREDICTED: state.predicted, UNLOCKED: "1"}
    return [replace(preset, extras={**stay, **preset.extras}) for preset in presets]


def _lock(slug: str, state: LessonState) -> None:
    st.button(
        "Lock again" if state.unlocked else "Unlock all",
        icon=":material/lock:" if state.unlocked else ":material/lock_open:",
        key=f"{slug}_lock",
        help="One control at a time shows what it does. Unlock all to explore freely.",
        on_click=address.state(slug).remember,
        args=(UNLOCKED, None if state.unlocked else "1"),
        width="stretch",
    )


def _views(lab: Lab, state: LessonState) -> None:
    """Draw the row of views; a new key for each visit, as a link may choose another one."""
    if len(lab.views) == 1:
        return
    slug, labels = lab.slug, {view.name: view.label for view in lab.views}
    link = address.state(slug)
    key = f"{slug}_{VIEW}_{link.visit}"

    def keep() -> None:
        chosen = st.session_state[key]
        link.remember(VIEW, None if chosen == lab.first.name else chosen)
        link.remember(STEP, None)

    st.segmented_control(
        "What to look at",
        list(labels),
        format_func=labels.__getitem__,
        default=state.view.name,
        required=True,
        key=key,
        on_change=keep,
        label_visibility="collapsed",
    )


def _draw(lab: Lab, shown: View, settings: Any, following: Following) -> None:
    """Draw what comes anew with each piece of a run: the sentence and the charts."""
    trace, slug = Trace(settings, following.run.found), lab.slug
    charts, times = shown.charts(trace), shown.times(trace)
    here = linked_stage.position(slug, charts, times, running=following.going)
    with st.container(key="outcome", horizontal=True, vertical_alignment="center", gap="small"):
        page.takeaway(shown.takeaway(trace), here.whole)
        instrument.stop_button(slug, following)
    linked_stage.draw(slug, charts, times, following, height=HIGH if len(charts) > 2 else LOW)


def _below(
    lab: Lab, shown: View, trace: Trace[Any, Any], aside: Callable[[Trace[Any, Any]], None] | None
) -> None:
    """Draw what stands below the charts: what was recorded, pages that go on, and the special."""
    if shown.credit is not None:
        st.caption(f"{shown.credit(trace)} {page.evidence('measured here')}")
    for slug in lab.see:
        other = page_of(slug)
        st.page_link(other.script, label=f"{other.title}: {other.question}")
    if aside is not None:
        aside(trace)


def _code(slug: str, shown: View) -> None:
    """Offer the code; the browser loads what colours it once it is unfolded."""
    label = "The code that did it"
    fold = st.expander(label, icon=":material/code:", key=f"code_{slug}", on_change="rerun")
    if fold.open:
        with fold:
            st.caption("Copied from the running program, without its docstrings.")
            for function in shown.code:
                st.code(source(function), language="python")


def _list(claims: Sequence[Claim]) -> str:
    """Return claims with their evidence as a Markdown list."""
    return "\n".join(f"- {c.text} {page.evidence(c.evidence, c.source, c.held)}" for c in claims)


def _explain(lab: Lab, shown: View, trace: Trace[Any, Any]) -> None:
    """Write what happened: formula, numbers, code, claims, and what to try next."""
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("What happened, in numbers")
        st.latex(shown.formula(trace))
        instrument.numbers(lab.slug, shown.table(trace), shown.name)
        st.subheader("How to read the pictures")
        st.markdown("\n\n".join(text.strip() for text in (lab.reading, shown.reading) if text))
        if shown.notes:
            st.subheader("Where this matters")
            st.markdown(_list(shown.notes))
        st.subheader("How this is known")
        st.markdown(_list((*shown.claims, *lab.claims)))
        _code(lab.slug, shown)
    with right:
        st.subheader("Try this")
        st.markdown(f":material/experiment: {shown.try_this or lab.try_this}")
        st.subheader("And in another case?")
        question.transfer(lab.slug, lab.transfer)
    st.caption(lab.sources)
    evidence_line(lab.slug)
