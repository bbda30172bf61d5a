"""What the reader looks at on a stage, kept in the link: the step, and the pick of each chart."""

from __future__ import annotations

from dataclasses import replace

from bnviz.ui import address
from bnviz.ui.stage import Pick, StageState, chosen

STEP = "step"
LARGEST_STEP = 10**6


def key(slug: str) -> str:
    """Return the name of a lab's stage in the session."""
    return f"{slug}_stage"


def linked_step(slug: str) -> int | None:
    """Return the step that the link names, or None if it names none that can be one."""
    text = address.state(slug).recall(STEP) or ""
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        return None
    return min(int(text), LARGEST_STEP)


def pick(slug: str, offered: Pick) -> Pick:
    """Return a pick with the value that the reader chose, or that the link names."""
    state = address.state(slug)
    text = state.recall(offered.name) or ""
    start = replace(offered, value=text) if text in offered.options else offered
    return chosen(key(slug), start, state.visit)


def keep(slug: str, told: StageState, defaults: dict[str, str]) -> None:
    """Write what the reader looks at into the link; what is as at first is left out."""
    state = address.state(slug)
    state.remember(STEP, None if told.step is None else str(told.step))
    for name, value in told.choices.items():
        state.remember(name, None if value == defaults[name] else value)
    state.write()
