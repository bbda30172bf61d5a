"""The frame of all labs that teach: predict, run, explain.

A lab's page is one call::

    lesson.teach(LAB)

Before the prediction only the question is there. After it come the prediction beside the outcome,
a row of views, the controls that matter in the view on show, its charts, and below them how to read
them and what happened: formula, numbers, code, claims. All of it stands in the link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.preset import Preset
from bnviz.labs.question import SKIPPED
from bnviz.labs.view import Trace, View
from bnviz.ui import address, digit, instrument, linked_stage, mine, page, question, sketch, views
from bnviz.ui.address import PageState
from bnviz.ui.code import code
from bnviz.ui.compute import FIRST_PIECE_S, Following, follow, live
from bnviz.ui.controls import controls
from bnviz.ui.ledger import evidence_line
from bnviz.ui.moved import lead_on
from bnviz.ui.question import PREDICTED, TRANSFER
from bnviz.ui.registry import page_of
from bnviz.ui.stage import fetch_early
from bnviz.ui.views import VIEW

MORE, STEP = "unlocked", linked_stage.STEP
NAMES = (STEP, VIEW, MORE, PREDICTED, TRANSFER)
"""What every lesson keeps in its link beside the settings."""
MOMENT_S = 0.06
"""A run that is over within this time is drawn once, without a first picture of its beginning."""
MOST_CLAIMS, MOST_WORDS = 3, 25
"""Claims that are in sight before a fold is opened, and their words in all."""
HIGH, LOW, SHORT = 520, 430, 310
"""Height in px of a stage of more than two charts, of one or two, and of these below a hand."""


@dataclass(frozen=True)
class LessonState:
    """Where a reader is in a lesson."""

    predicted: str | None  # a letter, or "skipped"; None before the result is shown
    view: View
    more: bool  # whether all controls that matter are there

    @property
    def drawn(self) -> set[str]:
        """The fields that have a control."""
        return self.view.matters if self.more else set(self.view.free)


def names_of(lab: Lab) -> list[str]:
    """Return what a lab keeps in its link beside the settings."""
    own = [digit.DIGIT] if any(view.mine for view in lab.views) else []
    return [*NAMES, *sketch.names(lab), *own]


def read_state(lab: Lab) -> LessonState:
    """Return where the reader is, from the link or from what was clicked since."""
    link = address.state(lab.slug).extras
    return LessonState(
        predicted=question.answered(lab.slug, PREDICTED, lab.question),
        view={view.name: view for view in lab.views}.get(link.get(VIEW, ""), lab.first),
        more=link.get(MORE) == "1",
    )


def misread(lab: Lab) -> list[str]:
    """Return a sentence for each part of a link that names what the lab does not have."""
    wanted = {
        PREDICTED: (*lab.question.letters, SKIPPED),
        VIEW: [view.name for view in lab.views],
        MORE: "1",
        TRANSFER: lab.transfer.letters,
    }
    found = linked_stage.misread(lab.slug, wanted)
    return [*found, *sketch.misread(lab), *digit.misread(lab.slug)]


def teach(
    lab: Lab,
    *,
    aside: Callable[[Trace[Any, Any]], None] | None = None,
    hands: Mapping[str, Callable[[str, Any], None]] = MappingProxyType({}),
) -> None:
    """Draw the whole page of a lab; ``aside(trace)`` draws what it alone has, below the charts.

    ``hands`` draws what a view has above its charts to be moved by hand, from the slug and the
    settings, by the name of the view.
    """
    slug = lab.slug
    lead_on(lab)
    with page.frame(slug, lab.settings, names_of(lab)) as link:
        fetch_early()
        state = read_state(lab)
        if digit.DIGIT in names_of(lab):
            digit.current(slug)  # the link of each view has it
        top = st.container()
        if state.predicted is None:
            _ask(lab, link, state, top)
            return
        recalled = st.container(key="recalled")
        views.draw(lab, state.view)
        rail, bench = st.columns([1, 4.4], gap="medium")
        with rail:
            settings = _controls(lab, link, state)
        with top:
            page.notes([*link.notes, *misread(lab)])
        with recalled:
            away = bool(question.moved(settings))
            question.recall_prediction(slug, lab.question, state.predicted, away=away)
        arm = state.view.arm(settings)
        follow(slug, arm).run.wait_over(MOMENT_S)
        if sketch.is_open(slug, state.view):
            found = follow(slug, arm).run.wait(FIRST_PIECE_S)
            with bench:
                sketch.first(slug, state.view, Trace(settings, found))
            return
        with bench:
            hand = hands.get(state.view.name)
            live(slug, arm, lambda following: _draw(lab, state.view, settings, following, hand))
        trace = Trace(settings, follow(slug, arm).run.wait(FIRST_PIECE_S))
        with bench:
            if state.view.credit is not None:
                st.caption(f"{state.view.credit(trace)} {page.evidence('measured here')}")
            _reading(lab, state.view)
            mine.draw(slug, state.view, settings)
        _explain(lab, state.view, trace, aside)


def _carried(presets: Sequence[Preset[Any]], state: LessonState) -> list[Preset[Any]]:
    """Return presets that keep the result in sight, and show the controls that they set."""
    stay = {PREDICTED: str(state.predicted), MORE: "1"}
    return [replace(preset, extras={**stay, **preset.extras}) for preset in presets]


def _ask(lab: Lab, link: PageState[Any], state: LessonState, top: DeltaGenerator) -> None:
    """Draw the question alone; the run goes on while the reader thinks."""
    with top:
        page.notes([*link.notes, *misread(lab)])
    follow(lab.slug, state.view.arm(link.settings)).run.wait_over(MOMENT_S)
    question.ask(lab.slug, lab, link.settings)


def _controls(lab: Lab, link: PageState[Any], state: LessonState) -> Any:
    """Draw the controls that matter in the view on show, and what to try; return the settings."""
    matters = state.view.matters
    settings = controls(
        link, presets=_carried(lab.presets, state), only=state.drawn, reseed="seed" in matters
    )
    if matters - set(state.view.free):
        st.button(
            "Fewer controls" if state.more else "More controls",
            icon=":material/remove:" if state.more else ":material/add:",
            key=f"{lab.slug}_more",
            help="The rest of the controls that matter in this view.",
            on_click=link.remember,
            args=(MORE, None if state.more else "1"),
            width="stretch",
        )
    with st.expander("Try this", icon=":material/experiment:"):
        st.markdown(state.view.try_this or lab.try_this)
    return settings


def _draw(
    lab: Lab,
    shown: View,
    settings: Any,
    following: Following,
    hand: Callable[[str, Any], None] | None,
) -> None:
    """Draw what comes anew with each piece of a run: the sentence and the charts."""
    trace, slug = Trace(settings, following.run.found), lab.slug
    sketched = sketch.taken(slug, shown)
    charts, times = shown.charts(trace, sketched), shown.times(trace)
    here = linked_stage.position(slug, charts, times, running=following.going)
    with st.container(key="outcome", horizontal=True, vertical_alignment="center", gap="small"):
        page.takeaway(shown.takeaway(trace), here.whole)
        instrument.stop_button(slug, following)
    sketch.beside(slug, shown, "" if following.going else shown.parts(charts, sketched))
    if hand is not None:
        hand(slug, settings)
    height = HIGH if len(charts) > 2 else LOW if hand is None else SHORT
    linked_stage.draw(slug, charts, times, following, height=height)


def _reading(lab: Lab, shown: View) -> None:
    """Write how to read the charts, right below them: a paragraph, and a fold with the rest."""
    near, *rest = paragraphs(shown.reading) + paragraphs(lab.reading)
    with st.container(key="reading", gap="small"):
        st.markdown(near)
        if rest:
            with st.expander("More on these charts"):
                st.markdown("\n\n".join(rest))


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _list(claims: Sequence[Claim]) -> str:
    """Return claims with their evidence as a Markdown list."""
    return "\n".join(f"- {c.text} {page.evidence(c.evidence, c.source, c.held)}" for c in claims)


def in_sight(claims: Sequence[Claim]) -> list[Claim]:
    """Return the first claims, which are there before the fold is opened: three, or fewer if long.

    Examples
    --------
    >>> long, short = Claim("word " * 60, "proved"), Claim("So it is.", "proved")
    >>> len(in_sight([short] * 5)), len(in_sight([short, long, short]))
    (3, 1)
    """
    words = accumulate(len(f"{one.text} {one.source}".split()) for one in claims[:MOST_CLAIMS])
    return list(claims[: sum(n <= MOST_WORDS for n in words)])


def _known(lab: Lab, shown: View) -> None:
    """Write how the sentences of the page are known: some of the claims, the rest in a fold."""
    claims = (*shown.claims, *lab.claims)
    near = in_sight(claims)
    st.subheader("How this is known")
    if near:
        st.markdown(_list(near))
    rest = claims[len(near) :]
    more = f"{len(rest)} more and the sources" if near else "Claims and sources"
    with st.expander(more if rest else "The sources"):
        if rest:
            st.markdown(_list(rest))
        st.caption(lab.sources)
        evidence_line(lab.slug)


def _explain(
    lab: Lab, shown: View, trace: Trace[Any, Any], aside: Callable[[Trace[Any, Any]], None] | None
) -> None:
    """Write what happened: formula, numbers, code, claims, and what to try next."""
    left, right = st.columns([2, 1], gap="large")
    with left:
        st.subheader("What happened, in numbers")
        st.latex(shown.formula(trace))
        if aside is not None:
            aside(trace)
        instrument.numbers(lab.slug, shown.table(trace), shown.name)
        code(lab.slug, shown.code)
        if shown.notes:
            with st.expander("Where this matters", icon=":material/public:"):
                st.markdown(_list(shown.notes))
        _known(lab, shown)
    with right:
        st.subheader("And in another case?")
        question.transfer(lab.slug, lab.transfer)
        for slug in lab.see:
            other = page_of(slug)
            address.link(f":material/arrow_forward: {other.title}", slug)
