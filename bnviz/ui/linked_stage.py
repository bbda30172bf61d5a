"""The stage of a page, kept in its link: the step, and the pick of each chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bnviz.figures.frames import lengths
from bnviz.labs.view import Timeline
from bnviz.settings import readable
from bnviz.ui import address
from bnviz.ui.compute import Following
from bnviz.ui.stage import Chart, Pick, chosen, settled, stage

STEP = "step"
LARGEST_STEP = 10**6


def key(slug: str) -> str:
    """Return the name of a page's stage in the session."""
    return f"{slug}_stage"


def step_of(text: str | None) -> int | None:
    """Return the step that a link names, or None if the text cannot be a step."""
    if not (text and text.isascii() and text.isdigit() and len(text) < 8):
        return None
    return min(int(text), LARGEST_STEP)


def misread(slug: str, wanted: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a sentence for each extra of the link that is set aside, the step included."""
    state = address.state(slug)
    step = state.linked.get(STEP)
    if step is None or step_of(step) is not None:
        return state.misread(wanted)
    return [f'"step {readable(step)}" is no step; it is set aside', *state.misread(wanted)]


@dataclass(frozen=True)
class Position:
    """Where the reader is in a run, as far as the server knows: it does not hear of a playback."""

    t: int  # the snapshot on show
    note: str = ""  # for a sentence about this snapshot, where the link names another step
    whole: str = ""  # for a sentence about the whole run


def position(slug: str, charts: Sequence[Chart], times: Timeline, *, running: bool) -> Position:
    """Return where the reader is in a run; the charts and their times are those of the stage."""
    steps, labels = times.steps, times.labels
    end = len(steps) - 1
    state = address.state(slug)
    wanted = settled(key(slug), step_of(state.extras.get(STEP)), state.visit)
    if wanted is None or not any(lengths(chart.figure) for chart in charts):
        return Position(end)
    t = nearest(steps, wanted)
    note = ""
    if wanted != steps[t] and not (running and wanted > steps[-1]):  # else it may still come
        shown = labels[t] if labels else steps[t]
        note = f"Step {wanted} was not recorded; the nearest one, {shown}, is shown."
    if t == end:
        return Position(t, note, note)
    shown = labels[t] if labels else f"step {steps[t]}"
    return Position(
        t, note, f"{note} The charts show {shown}, the sentence is about the whole run.".strip()
    )


def nearest(steps: Sequence[int], step: int) -> int:
    """Return the place of the recorded step that is nearest; the stage chooses the same one.

    Examples
    --------
    >>> nearest([0, 100, 125], 120), nearest([0, 100, 140], 120)
    (2, 1)
    """
    return min(range(len(steps)), key=lambda t: abs(steps[t] - step))


def pick(slug: str, offered: Pick) -> Pick:
    """Return a pick with the value that the reader chose, or that the link names."""
    state = address.state(slug)
    text = state.extras.get(offered.name, "")
    start = replace(offered, value=text) if text in offered.options else offered
    return chosen(key(slug), start, state.visit)


def draw(
    slug: str,
    charts: Sequence[Chart],
    times: Timeline,
    following: Following,
    *,
    height: int,
    defaults: Mapping[str, str] = MappingProxyType({}),
    opens: bool = False,
) -> None:
    """Draw the stage of a page, and write what the reader looks at there into the link.

    The height is in px. ``defaults`` holds the first value of each pick, by its name: a link leaves
    it out. ``opens`` lets the run play once in front of a reader who has just come.
    """
    state = address.state(slug)
    chosen_now = stage(
        charts,
        times,
        running=following.going,
        step=step_of(state.extras.get(STEP)),
        key=key(slug),
        visit=state.visit,
        run=following.name,
        height=height,
        opens=opens,
    )
    state.remember(STEP, None if chosen_now.step is None else str(chosen_now.step))
    for name, value in chosen_now.choices.items():
        state.remember(name, None if value == defaults[name] else value)
    state.write()
