"""Runs in worker processes, and a memory of past ones.

A run is cut into pieces of some 40 ms. Each worker takes the next piece of whichever run waits
longest, so thirty readers get their turns, and a run that nobody watches any more gets no further
piece. The server's own process only hands results on, and stays quick.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import BrokenExecutor, Future
from time import monotonic
from typing import Any

from bnviz.labs.arm import Arm, Progress, advance
from bnviz.ui.worker import Worker

PIECE_S = 0.04
FIRST_S = 0.005
"""The first piece is shorter, so that something new is seen at once."""
SHOW_S = 0.2
"""Pause between two results that a worker sends of one run; a default one is about 0.3 MB."""
UNWATCHED_S = 5.0
"""A run that no page has asked about for this long rests until one does."""
MOST_KEPT = 64
"""Runs that are kept; the one asked for longest ago goes first. A default run is about 0.3 MB."""


class Run:
    """An arm as the server sees it: what has been found, and whether more will come."""

    def __init__(self, arm: Arm, worker: Worker) -> None:
        self.arm = arm
        self.found: Any = None  # the newest state; None before there is anything to show
        self.n_done = 0  # pieces of the work that it holds
        self.finished = False  # whether it is the whole result
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
        """Note that this reader wants the run to go on."""
        with self._news:
            self._watchers[reader] = monotonic()
            if self._pending is None and not self.over:
                self._go_on()

    def leave(self, reader: str) -> None:
        """Note that this reader wants no more of it; the others keep it going."""
        with self._news:
            self._watchers.pop(reader, None)
            waiting = None if self._watchers else self._pending
        if waiting is not None:
            waiting.cancel()  # a piece that has not begun is not begun; it reports in this thread

    def wait(self, timeout_s: float) -> Any:
        """Return what has been found, after waiting for the first of it; raise what the lab did."""
        with self._news:
            self._news.wait_for(lambda: self.found is not None or self._error, timeout_s)
        if self._error is not None:
            raise self._error
        return self.found

    def wait_over(self, timeout_s: float) -> bool:
        """Wait for the end of the run, but not longer than this; return whether it is over."""
        with self._news:
            return self._news.wait_for(lambda: self.over, timeout_s)

    def wait_more(self, n_seen: int, timeout_s: float) -> bool:
        """Wait for the end or for more than this many pieces; return whether it has come."""
        with self._news:
            return self._news.wait_for(lambda: self.over or self.n_done > n_seen, timeout_s)

    def _go_on(self) -> None:
        try:
            budget_s = FIRST_S if self.found is None else PIECE_S
            show = self.found is None or monotonic() - self._shown > SHOW_S
            self._pending = self._worker.submit(advance, self.arm, budget_s, show=show)
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
                progress = piece.result()
                self.finished, self._restarted = progress.finished, False
                self._show(progress)
                if self._is_watched() and not self.over:
                    self._go_on()
            self._news.notify_all()

    def _show(self, progress: Progress) -> None:
        """Keep what was found, if it is more: work that had to begin again catches up unseen."""
        if progress.found is None:
            return
        self._shown = monotonic()
        if progress.n_done >= self.n_done:
            self.found, self.n_done = progress.found, progress.n_done

    def _is_watched(self) -> bool:
        now = monotonic()
        return any(now - seen < UNWATCHED_S for seen in self._watchers.values())


class Runs:
    """All runs of this server, by arm."""

    def __init__(self, workers: list[Worker]) -> None:
        self._workers = workers
        self._runs: OrderedDict[Arm, Run] = OrderedDict()
        self._lock = threading.Lock()
        self._n_started = 0

    def find(self, arm: Arm) -> Run:
        """Return the run of an arm; readers who ask for the same share it."""
        with self._lock:
            run = self._runs.get(arm)
            if run is None or run._error is not None:
                worker = self._workers[self._n_started % len(self._workers)]
                self._n_started += 1
                run = self._runs[arm] = Run(arm, worker)
            self._runs.move_to_end(arm)
            while len(self._runs) > MOST_KEPT:
                self._runs.popitem(last=False)
        return run
