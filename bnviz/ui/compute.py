"""Where pages meet runs: a page follows one, draws what there is of it, and asks for more.

Runs themselves are kept in ``runs.py``: worker processes, and a memory of past runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bnviz.labs import playground
from bnviz.labs.arm import Arm, Plan
from bnviz.labs.preset import Preset
from bnviz.ui import address, page
from bnviz.ui.dask_worker import workers
from bnviz.ui.prefetch import Prefetch, guesses, moved_field
from bnviz.ui.runs import Run, Runs

TICK_S = 0.1
"""Pause of the browser between two questions whether there is more of a run."""
PATIENCE_S = 0.8
"""Pause after the first drawing of a run, unless it ends; after each further one twice as long."""
LONGEST_S = 3.2
"""Longest pause between two drawings, unless many readers wait."""
NEWS_S = 2.0
"""Longest wait of the browser's question whether there is more."""
FIRST_PIECE_S = 20.0
"""Longest wait for the first piece of a run."""
SLICE_S = 0.1
"""How long a script that waits for the first piece sleeps before it looks whether it may stay."""
N_WORKERS = 2

S = TypeVar("S")


@st.cache_resource(show_spinner=False, max_entries=1)
def runs() -> Runs:
    """Return the runs of this server, and start its workers."""
    found = Runs(workers(N_WORKERS))
    # The first page that most readers see is computed while the first one still loads it.
    first = playground.plan(playground.Settings(), playground.example.FIRST)
    found.find(first).watch("the server", patience_s=FIRST_PIECE_S)
    return found


@st.cache_resource(show_spinner=False, max_entries=1)
def prefetch() -> Prefetch:
    """Return what computes ahead on this server."""
    return Prefetch(runs())


def look_ahead(
    slug: str,
    settings: S,
    plan_of: Callable[[S], Plan],
    main: Sequence[str],
    presets: Sequence[Preset[S]] = (),
) -> None:
    """Let the workers compute what this reader will probably ask for next, while nobody waits.

    ``main`` names the fields that are moved most, after the one that was moved last.
    """
    key, name = f"bnviz.{slug}.guessed_for", plan_of(settings).name
    now, shown, before = st.session_state.get(key, (settings, None, None))
    if shown == name:
        return  # the script has run again, and the reader has asked for nothing new
    before = now if now != settings else before
    st.session_state[key] = settings, name, before
    moved = moved_field(before, settings)
    guessed = guesses(settings, moved, main, [preset.settings for preset in presets], before)
    prefetch().want(_reader(), map(plan_of, guessed))


@dataclass(frozen=True)
class Following:
    """A run as one reader follows it."""

    run: Run
    going: bool  # whether more of it will come for this reader
    stopped: bool  # whether this reader stopped it; it can go on from where it is
    sparse: bool  # whether many readers wait, so that it is drawn again only once it is over

    @property
    def name(self) -> str:
        """A short name of the run, the same for the same arms."""
        return sha256(self.run.plan.name.encode()).hexdigest()[:8]


def follow(slug: str, plan: Plan | Arm) -> Following:
    """Follow the run of a plan, and leave the one that was followed before on this page."""
    reader, key = _reader(), f"bnviz.{slug}.run"
    before: Run | None = st.session_state.get(key)
    run = runs().find(plan)
    if before is not None and before.same_as(run):
        run = before
    else:
        st.session_state[key] = run
        st.session_state[f"{key}.stopped"] = False
        st.session_state[f"{key}.n_pictures"] = 0
        prefetch().note_use(run)
        if before is not None:
            before.give_way_to(run, reader)
    following = _following(slug, run)
    if following.going or run.found is None:
        run.watch(reader)
    return _following(slug, run)


def _following(slug: str, run: Run) -> Following:
    stopped = st.session_state[f"bnviz.{slug}.run.stopped"] and not run.over
    going = not (run.over or stopped)
    return Following(run, going, stopped, sparse=going and runs().crowded)


def found(arm: Arm) -> Any:
    """Return the result of a small arm beside the run of a page, after waiting for it."""
    run, end = runs().find(arm), monotonic() + FIRST_PIECE_S
    while not run.over and monotonic() < end:
        run.watch(_reader())
        run.wait_over(SLICE_S)
    return run.wait(SLICE_S)


def set_stopped(slug: str, stopped: bool) -> None:
    """Stop the run that this reader follows, or let it go on; for callbacks."""
    key = f"bnviz.{slug}.run"
    st.session_state[f"{key}.stopped"] = stopped
    if stopped and key in st.session_state:
        st.session_state[key].leave(_reader())


def _reader() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else "a script"


def live(slug: str, plan: Plan | Arm, draw: Callable[[Following], None]) -> None:
    """Draw a run now, and run the script again whenever there is more of it, until it is over.

    ``draw`` gets a run of which there is at least the first piece. If that does not come, or the
    lab fails, the page says so calmly.

    Notes
    -----
    What is drawn belongs to the script, not to a fragment. Streamlit 1.67 loses what a fragment
    has drawn in a run of the whole script, if a rerun of that fragment waits for the end of the
    script: it takes the fragment's messages out of the queue but still says that the script has
    finished, and the browser then removes what was not drawn again. So the fragment that asks for
    more draws nothing.
    """
    with page.guard(slug):
        run = _begun(slug, plan)
        following = _following(slug, run)
        n_drawn = run.n_done
        draw(following)
        if following.going:
            st.session_state[f"bnviz.{slug}.run.n_pictures"] += 1
            _ask_for_more(slug, run, n_drawn)


def _begun(slug: str, plan: Plan | Arm) -> Run:
    """Return a run once it has its first piece.

    It waits in slices, and looks into the session between them: there Streamlit ends a script that
    a newer one has replaced.
    """
    end = monotonic() + FIRST_PIECE_S
    run = follow(slug, plan).run
    while run.wait(SLICE_S) is None:
        if monotonic() > end:
            raise TimeoutError(f"the server gave no first result within {FIRST_PIECE_S} s")
        run = follow(slug, plan).run
    return run


def pause_s(slug: str) -> float:
    """Return the pause before a page's run is drawn again; it grows from drawing to drawing."""
    n_pictures = st.session_state[f"bnviz.{slug}.run.n_pictures"]
    return float(min(PATIENCE_S * 2 ** (n_pictures - 1), LONGEST_S))


def _ask_for_more(slug: str, run: Run, n_drawn: int) -> None:
    """Let the browser ask again and again, and run the script once more when there is more."""
    just_drawn = True
    again_at = monotonic() + pause_s(slug)

    def come(wait_s: float) -> bool:
        if monotonic() < again_at or runs().crowded:
            return run.wait_over(wait_s)
        return run.wait_more(n_drawn, wait_s)

    def look() -> None:
        nonlocal just_drawn
        if just_drawn:  # this is still the script itself
            just_drawn = False
        elif not _following(slug, run).stopped:
            address.state(slug).widgets.ignore_message()
            run.watch(_reader())
            if _in_slices(slug, run, come, NEWS_S):
                st.rerun()

    st.fragment(look, run_every=TICK_S, key=f"watch_{slug}")()


def _in_slices(slug: str, run: Run, wait: Callable[[float], bool], timeout_s: float) -> bool:
    """Wait in slices, as `_begun` does; return whether it has come."""
    end = monotonic() + timeout_s
    while not (come := wait(SLICE_S)) and monotonic() < end:
        _following(slug, run)
    return come
