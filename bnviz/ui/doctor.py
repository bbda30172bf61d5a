"""The pieces of the doctor's page: where the reader is, the symptoms, the causes, a live run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from bnviz.doctor.faults import Fault, faults, link
from bnviz.doctor.search import LONGEST, search, shortened
from bnviz.doctor.symptoms import SYMPTOMS, Symptom
from bnviz.labs.doctor import DEMONSTRATIONS, Settings
from bnviz.labs.doctor.case_view import bars_mean
from bnviz.labs.view import Trace, View
from bnviz.settings import readable
from bnviz.ui import address, instrument, linked_stage, page
from bnviz.ui.code import code
from bnviz.ui.compute import FIRST_PIECE_S, Following, follow, live
from bnviz.ui.controls import controls
from bnviz.ui.registry import page_of

SLUG = "doctor"
WORDS, SYMPTOM, FAULT, RUN, DOOR, REPORT = "words", "symptom", "fault", "run", "door", "report"
BY_REPORT = "report"
NAMES = (WORDS, SYMPTOM, FAULT, RUN, DOOR, REPORT)
"""What the page keeps in its link beside the settings."""
HIGH, LOW = 560, 330
"""Height in px of a stage of more than two charts, and of one or two."""
MOMENT_S = 0.06
"""A run that is over within this time is drawn once, without a first picture of its beginning."""


def title(fault: Fault) -> str:
    """Return the code of a fault as words.

    Examples
    --------
    >>> title(faults()["non-finite-statistics"])
    'Non-finite statistics'
    """
    words = fault.code.replace("-", " ").replace("non finite", "non-finite")
    return words[0].upper() + words[1:]


@dataclass(frozen=True)
class Place:
    """Where a reader is on the page.

    Attributes
    ----------
    words : str
        What was searched for; empty if a symptom was chosen.
    symptom : Symptom or None
        None if words were searched for.
    causes : tuple of Fault
        Ranked, the likeliest first; empty if no fault has the words.
    fault : Fault or None
        The one on show: one of the causes, or another that the link names.
    view : View or None
        The live run on show.
    """

    words: str
    symptom: Symptom | None
    causes: tuple[Fault, ...]
    fault: Fault | None
    view: View | None


def place(said: Mapping[str, str]) -> Place:
    """Return where the reader is, from what stands in the link; what is unknown there is left out.

    A fault without a symptom stands alone.
    """
    words = shortened(said.get(WORDS, ""))
    known = {one.name: one for one in SYMPTOMS}
    named = faults().get(said.get(FAULT, ""))
    if words:
        shown, causes = None, tuple(fault for fault, _ in search(words))
    else:
        asked = known.get(said.get(SYMPTOM, ""))
        shown = asked or (SYMPTOMS[0] if named is None else _first_with(named.code))
        causes = tuple(faults()[code] for code in shown.causes)
    if named is not None and named not in causes:
        causes = (*causes, named)
    fault = named or next(iter(causes), None)
    views = DEMONSTRATIONS.get(fault.code, ()) if fault else ()
    view = next((v for v in views if v.name == said.get(RUN)), next(iter(views), None))
    return Place(words, shown, causes, fault, view)


def _first_with(code: str) -> Symptom:
    """Return the symptom that ranks a fault highest."""
    return min(
        (one for one in SYMPTOMS if code in one.causes), key=lambda one: one.causes.index(code)
    )


def misread() -> list[str]:
    """Return a sentence for each part of a link that names what is not there."""
    link = address.state(SLUG)
    fault = faults().get(link.extras.get(FAULT, ""))
    runs = [view.name for code, views in DEMONSTRATIONS.items() for view in views]
    if fault is not None:
        runs = [view.name for view in DEMONSTRATIONS[fault.code]]
    known = {
        SYMPTOM: ("a symptom of this page", [one.name for one in SYMPTOMS]),
        FAULT: ("a fault of the catalogue", list(faults())),
        DOOR: ("a door of this page", [BY_REPORT]),
        RUN: ("a run of this fault" if fault else "a run of this page", runs),
    }
    return [
        f'"{name} {readable(text)}" is not {what}; it is set aside'
        for name, (what, names) in known.items()
        if (text := link.linked.get(name)) is not None and text not in names
    ]


def move(**said: str | None) -> None:
    """Put what the reader chose into the link; what belongs to the old choice goes."""
    link = address.state(SLUG)
    order = (WORDS, SYMPTOM, FAULT, RUN)
    first = min(order.index(name) for name in said)
    for name in order[first:]:
        link.remember(name, None)
    for name, value in said.items():
        link.remember(name, value)


def door() -> bool:
    """Draw the choice between a symptom and a report; return whether it is a symptom."""
    link = address.state(SLUG)
    key = f"{SLUG}_{DOOR}_{link.visit}"

    def chosen() -> None:
        link.remember(DOOR, None if st.session_state[key] == SYMPTOM else BY_REPORT)

    words = {SYMPTOM: "A symptom", BY_REPORT: "A report"}
    opened = BY_REPORT if link.extras.get(DOOR) == BY_REPORT else SYMPTOM
    return (
        st.segmented_control(
            "Where to begin",
            list(words),
            default=opened,
            required=True,
            format_func=words.__getitem__,
            key=key,
            label_visibility="collapsed",
            on_change=chosen,
            width="stretch",
        )
        == SYMPTOM
    )


def ask(here: Place) -> None:
    """Draw the field for words, and the symptoms to choose from."""
    key = f"{SLUG}_{WORDS}_{address.state(SLUG).visit}"
    st.session_state.setdefault(key, here.words)

    def typed() -> None:
        move(words=shortened(st.session_state[key]) or None, symptom=None)

    st.text_input(
        "Search, or paste an error",
        max_chars=10 * LONGEST,
        key=key,
        placeholder="nan, SyncBN, EMA, ...",
        on_change=typed,
    )

    chosen = f"{SLUG}_{SYMPTOM}_{address.state(SLUG).visit}_{here.words}"

    def picked() -> None:
        st.session_state[key] = ""
        move(words=None, symptom=st.session_state[chosen])

    names = [one.name for one in SYMPTOMS]
    words = {one.name: one.words for one in SYMPTOMS}
    st.radio(
        "Or choose what you see",
        names,
        index=None if here.symptom is None else names.index(here.symptom.name),
        format_func=words.get,
        key=chosen,
        on_change=picked,
    )


def list_causes(here: Place) -> None:
    """Draw the causes in their order, as buttons; the one on show is set off."""
    with st.container(key="causes", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Likely causes, the likeliest first:", width="content")
        for n, fault in enumerate(here.causes, start=1):
            st.button(
                f"{n} {title(fault)}",
                key=f"{SLUG}_cause_{fault.code}",
                type="secondary" if fault == here.fault else "tertiary",
                on_click=move,
                kwargs={FAULT: fault.code},
            )


def list_runs(here: Place) -> None:
    """Draw the live runs of a fault, where there are several."""
    if here.fault is None or len(DEMONSTRATIONS[here.fault.code]) < 2:
        return
    with st.container(key="views", horizontal=True, vertical_alignment="center", gap="small"):
        for view in DEMONSTRATIONS[here.fault.code]:
            st.button(
                view.label,
                key=f"{SLUG}_run_{view.name}",
                type="secondary" if view == here.view else "tertiary",
                on_click=move,
                kwargs={RUN: view.name},
            )


def knobs(state: address.PageState[Settings], view: View) -> Settings:
    """Draw the controls that matter in a run; return the settings."""
    if not view.matters:
        return state.settings
    return controls(state, only=view.matters, reseed="seed" in view.matters)


def show_run(view: View, settings: Settings) -> None:
    """Draw a live run: what came out, its charts, and how to read them."""
    arm = view.arm(settings)
    follow(SLUG, arm).run.wait_over(MOMENT_S)

    def draw(following: Following) -> None:
        trace = Trace(settings, following.run.found)
        charts = view.charts(trace)
        with st.container(key="outcome", horizontal=True, vertical_alignment="center", gap="small"):
            page.takeaway(view.takeaway(trace))
            instrument.stop_button(SLUG, following)
        height = HIGH if len(charts) > 2 else LOW
        linked_stage.draw(SLUG, charts, view.times(trace), following, height=height)

    live(SLUG, arm, draw)
    found = follow(SLUG, arm).run.wait(FIRST_PIECE_S)
    st.caption(f"{bars_mean(found)} {page.evidence('measured here')}")


def prescribe(fault: Fault) -> None:
    """Write how to check for a fault and how to repair it, to copy, with the price."""
    check, repair, keras, cause = st.tabs(["Check", "Repair", "In Keras", "How it comes about"])
    with check:
        st.code(fault.check, language="python", wrap_lines=True)
    with repair:
        st.code(fault.repair, language="python", wrap_lines=True)
        st.caption(f"Price: {fault.price}")
    with keras:
        st.markdown(fault.keras)
    with cause:
        st.markdown(fault.cause)


def more(view: View, fault: Fault, settings: Settings) -> None:
    """Offer what goes wrong as a formula, the numbers and the code, the sources, and the lab."""
    trace = Trace(settings, follow(SLUG, view.arm(settings)).run.wait(FIRST_PIECE_S))
    slug, shown, *rest = fault.see.split()
    extras = {"view": shown, **dict(one.split("=", 1) for one in rest), "predicted": "skipped"}
    lab = page_of(slug)
    with st.expander("The formula", icon=":material/function:"):
        st.latex(view.formula(trace))
    instrument.numbers(SLUG, view.table(trace), view.name)
    code(SLUG, view.code)
    with st.expander("Sources"):
        st.caption("; ".join(_linked(one) for one in fault.sources))
    address.link(f":material/arrow_forward: {lab.title}", slug, fresh=True, extras=extras)


def _linked(one: str) -> str:
    return f"[{one}]({link(one)})" if link(one) else one
