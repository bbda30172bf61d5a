"""Runs in worker processes, and a memory of past ones.

A run is cut into pieces of some 40 ms. Each worker takes the next piece of whichever run waits
longest, so thirty readers get their turns, and a run that nobody watches any more gets no further
piece. The server's own process only hands results on, and stays quick.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import BrokenExecutor, Future
from time import monotonic
from typing import Any

from bnviz.labs.execution import advance
from bnviz.ui.worker import Worker

PIECE_S = 0.04
FIRST_S = 0.005
"""The first piece is shorter, so that something new is seen at once."""
SHOW_S = 0.2
"""Pause between two traces that a worker sends of the same run; a default one is about 0.3 MB."""
UNWATCHED_S = 5.0
"""A run that no page has asked about for this long rests until one does."""
MOST_KEPT = 64
"""Finished runs that are kept; a default run is about 0.3 MB."""


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
        self._shown = 0.0
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

    def wait_over(self, timeout_s: float) -> bool:
        """Wait for the end of the run, but not longer than this, and say whether it is over."""
        with self._news:
            return self._news.wait_for(lambda: self.over, timeout_s)

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
            show = self.trace is None or monotonic() - self._shown > SHOW_S
            self._pending = self._worker.submit(
                advance, self.slug, self.settings, budget_s, show=show
            )
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
                self._show(trace)
                if self._is_watched() and not self.over:
                    self._go_on()
            self._news.notify_all()

    def _show(self, trace: Any) -> None:
        """Keep a trace, if it says more: a run that had to begin again catches up unseen."""
        if trace is None:
            return
        self._shown = monotonic()
        if self.trace is None or trace.steps[-1] >= self.trace.steps[-1]:
            self.trace = trace

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
