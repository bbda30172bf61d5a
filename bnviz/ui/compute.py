"""The one place where runs are executed: worker processes, streaming, and a memory of past runs.

A run is cut into pieces of some 40 ms. Each worker takes the next piece of whichever run waits
longest, so thirty readers get their turns, and a run that nobody watches any more gets no further
piece. The server's own process only hands results on, and stays quick.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bnviz.labs.execution import advance
from bnviz.ui import page
from bnviz.ui.worker import Worker

PIECE_S = 0.04
FIRST_S = 0.005
"""The first piece is shorter, so that something new is seen at once."""
TICK_S = 0.1
"""Pause of the browser between two questions whether there is more of a run."""
PATIENCE_S = 0.5
"""Pause between two drawings of a run, unless it ends: a short run is drawn twice, not often."""
NEWS_S = 2.0
"""How long such a question waits for an answer."""
FIRST_PIECE_S = 20.0
N_WORKERS = 2
SLICE_S = 0.1
"""How long a script that waits for the first piece sleeps before it looks whether it may stay."""
UNWATCHED_S = 5.0
"""A run that no page has asked about for this long rests until one does."""
MOST_KEPT = 64
"""Finished runs that are kept; a default run is about 0.4 MB."""


class Run:
    """One run: what there is of it, and whether more will come.

    Attributes
    ----------
    slug, settings
        What is run.
    trace : the lab's Trace, or None
        The newest state; None before the first piece is done.
    finished : bool
        Whether the trace is whole.
    """

    def __init__(self, slug: str, settings: Hashable, worker: Worker) -> None:
        self.slug, self.settings = slug, settings
        self.trace: Any = None
        self.finished = False
        self._worker = worker
        self._error: BaseException | None = None
        self._restarted = False
        self._watchers: dict[str, float] = {}
        self._pending: Future[Any] | None = None
        self._news = threading.Condition()

    @property
    def over(self) -> bool:
        """Whether no more will come."""
        return self.finished or self._error is not None

    def watch(self, reader: str) -> None:
        """Say that this reader wants the run to go on."""
        with self._news:
            self._watchers[reader] = monotonic()
            if self._pending is None and not self.over:
                self._go_on()

    def leave(self, reader: str) -> None:
        """Say that this reader wants no more of it; the others keep it going."""
        with self._news:
            self._watchers.pop(reader, None)
            waiting = None if self._watchers else self._pending
        if waiting is not None:
            waiting.cancel()  # a piece that has not begun is not begun; it reports in this thread

    def wait(self, timeout_s: float) -> Any:
        """Return the trace, waiting for the first piece if there is none yet.

        Raises
        ------
        Exception
            What the lab raised, if it did.
        """
        with self._news:
            self._news.wait_for(lambda: self.trace is not None or self._error, timeout_s)
        if self._error is not None:
            raise self._error
        return self.trace

    def wait_over(self, timeout_s: float) -> None:
        """Wait for the end of the run, but not longer than this."""
        with self._news:
            self._news.wait_for(lambda: self.over, timeout_s)

    def wait_more(self, n_seen: int, timeout_s: float) -> bool:
        """Wait for the end or for more snapshots than these, and say whether it has come."""
        with self._news:
            return self._news.wait_for(
                lambda: self.over or (self.trace is not None and len(self.trace.steps) > n_seen),
                timeout_s,
            )

    def _go_on(self) -> None:
        try:
            budget_s = FIRST_S if self.trace is None else PIECE_S
            self._pending = self._worker.submit(advance, self.slug, self.settings, budget_s)
        except RuntimeError as error:  # the server is closing down
            self._error = error
            return
        self._pending.add_done_callback(self._take)

    def _take(self, piece: Future[Any]) -> None:
        with self._news:
            self._pending = None
            if piece.cancelled():
                if self._is_watched():
                    self._go_on()
                return
            error = piece.exception()
            if isinstance(error, BrokenExecutor) and not self._restarted:
                self._restarted = True  # the process died, perhaps for want of memory
                self._go_on()
            elif error is not None:
                self._error = error
            else:
                trace, self.finished = piece.result()
                self._restarted = False
                if self.trace is None or trace.steps[-1] >= self.trace.steps[-1]:
                    self.trace = trace  # one that had to begin again catches up unseen
                if self._is_watched() and not self.over:
                    self._go_on()
            self._news.notify_all()

    def _is_watched(self) -> bool:
        now = monotonic()
        return any(now - seen < UNWATCHED_S for seen in self._watchers.values())


class Runs:
    """All runs of this server, by lab and settings."""

    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._runs: OrderedDict[tuple[str, Hashable], Run] = OrderedDict()
        self._lock = threading.Lock()
        self._n_started = 0

    def find(self, slug: str, settings: Hashable) -> Run:
        """Return the run of these settings; readers who ask for the same share it."""
        key = (slug, settings)
        with self._lock:
            run = self._runs.get(key)
            if run is None or run._error is not None:
                worker = self._workers[self._n_started % len(self._workers)]
                self._n_started += 1
                run = self._runs[key] = Run(slug, settings, worker)
            self._runs.move_to_end(key)
            while len(self._runs) > MOST_KEPT:
                self._runs.popitem(last=False)
        return run


@st.cache_resource(show_spinner=False, max_entries=1)
def runs() -> Runs:
    """Return the runs of this server, and start its workers."""
    return Runs([Worker() for _ in range(N_WORKERS)])


@dataclass(frozen=True)
class Following:
    """A run as one reader follows it.

    Attributes
    ----------
    run : Run
    going : bool
        Whether more of it will come for this reader.
    stopped : bool
        Whether this reader stopped it; it can go on from where it is.
    """

    run: Run
    going: bool
    stopped: bool

    @property
    def name(self) -> str:
        """A short name of the settings, the same for the same settings."""
        return sha256(repr(self.run.settings).encode()).hexdigest()[:8]


def follow(slug: str, settings: Hashable) -> Following:
    """Follow the run of these settings, and leave the one that was followed before.

    Parameters
    ----------
    slug : str
        The lab.
    settings : its Settings

    Returns
    -------
    Following
    """
    reader, key = _reader(), f"bnviz.{slug}.run"
    before: Run | None = st.session_state.get(key)
    run = runs().find(slug, settings)
    if before is not run:
        st.session_state[key] = run
        st.session_state[f"{key}.stopped"] = False
        if before is not None:
            before.leave(reader)
    following = _following(slug, run)
    if following.going or run.trace is None:
        run.watch(reader)
    return _following(slug, run)


def _following(slug: str, run: Run) -> Following:
    stopped = st.session_state[f"bnviz.{slug}.run.stopped"] and not run.over
    return Following(run, going=not (run.over or stopped), stopped=stopped)


def set_stopped(slug: str, stopped: bool) -> None:
    """Stop the run that this reader follows, or let it go on; for callbacks."""
    key = f"bnviz.{slug}.run"
    st.session_state[f"{key}.stopped"] = stopped
    if stopped and key in st.session_state:
        st.session_state[key].leave(_reader())


def _reader() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else "a script"


def live(slug: str, settings: Hashable, draw: Callable[[Following], None]) -> None:
    """Draw a run now, and run the script again whenever there is more of it, until it is over.

    Parameters
    ----------
    slug : str
        The lab.
    settings : its Settings
    draw : callable
        Draws the run, of which there is at least the first piece.

    Notes
    -----
    If the first piece does not come, or the lab fails, the page says so calmly.

    What is drawn belongs to the script, not to a fragment. Streamlit 1.67 loses what a fragment
    has drawn in a run of the whole script, if a rerun of that fragment waits for the end of the
    script: it takes the fragment's messages out of the queue but still says that the script has
    finished, and the browser then removes what was not drawn again. So the fragment that asks for
    more draws nothing.
    """
    with page.guard(slug):
        run = _begun(slug, settings)
        following = _following(slug, run)
        n_drawn = len(run.trace.steps)
        draw(following)
        if following.going:
            _ask_for_more(slug, run, n_drawn)


def _begun(slug: str, settings: Hashable) -> Run:
    """Wait for the first piece of a run.

    In slices: at each look into the session Streamlit ends a script that a newer one supersedes.
    """
    end = monotonic() + FIRST_PIECE_S
    run = follow(slug, settings).run
    while run.wait(SLICE_S) is None:
        if monotonic() > end:
            raise TimeoutError(f"the server gave no first result within {FIRST_PIECE_S} s")
        run = follow(slug, settings).run
    return run


def _ask_for_more(slug: str, run: Run, n_drawn: int) -> None:
    """Let the browser ask now and then, and run the script again once there is more."""
    asked: list[bool] = []

    def look() -> None:
        if not asked:  # this is the script itself, which has just drawn the run
            asked.append(True)
        elif not _following(slug, run).stopped:
            run.watch(_reader())
            run.wait_over(PATIENCE_S)
            if run.wait_more(n_drawn, NEWS_S):
                st.rerun()

    st.fragment(look, run_every=TICK_S, key=f"more_{slug}")()
