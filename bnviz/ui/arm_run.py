"""One arm as the server sees it: a worker does piece after piece while somebody wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from time import monotonic
from typing import Any

from bnviz.labs.arm import Arm, Progress, advance
from bnviz.ui.worker import Worker

PIECE_S = 0.04
FIRST_S = 0.005
"""The first piece is shorter, so that something new is seen at once."""
AHEAD_S = 0.01
"""A piece for nobody: a reader who comes meanwhile waits for it no longer than this."""
SHOW_S = 0.2
"""Pause between two results that a worker sends of one arm, for each piece in its queue.

A default result is about 0.15 MB.
"""
UNWATCHED_S = 5.0
"""An arm that no page has asked about for this long rests until one does."""


class ArmRun:
    """What has been found of an arm, and whether more will come.

    Parameters
    ----------
    arm : Arm
    place : callable
        Arm, and a worker that is idle or None -> the worker that does it. It is asked when there is
        the first piece to do.
    """

    def __init__(self, arm: Arm, place: Callable[[Arm, Worker | None], Worker]) -> None:
        self.arm = arm
        self.found: Any = None  # the newest state; None before there is anything to show
        self.n_done = 0  # pieces of the work that it holds
        self.finished = False  # whether it is the whole result
        self.error: BaseException | None = None
        self.finished_ahead = False  # whether it was finished before anybody asked for it
        self.listeners: set[threading.Condition] = set()
        self._place = place
        self._worker: Worker | None = None
        self._restarted = False
        self._watchers: dict[str, float] = {}
        self._pending: Future[Any] | None = None
        self._shown = 0.0
        self._lock = threading.RLock()

    @property
    def over(self) -> bool:
        """Whether no more will come."""
        return self.finished or self.error is not None

    def watch(self, reader: str, patience_s: float = UNWATCHED_S) -> None:
        """Note that this reader wants it to go on, for so long unless asked again."""
        with self._lock:
            self._watchers[reader] = monotonic() + patience_s
            if self._pending is None and not self.over:
                self._go_on()

    def leave(self, reader: str) -> None:
        """Note that this reader wants no more of it; the others keep it going."""
        with self._lock:
            self._watchers.pop(reader, None)
            waiting = None if self._watchers else self._pending
        if waiting is not None:
            waiting.cancel()  # a piece that has not begun is not begun; it reports in this thread

    def go_ahead(self) -> Future[Any] | None:
        """Do a short piece for nobody; None if it is over or goes on anyway."""
        with self._lock:
            if self._pending is not None or self.over:
                return None
            return self._submit(AHEAD_S, show=False, take=self._take_ahead)

    def worker(self, idle: Worker | None = None) -> Worker:
        """Return the worker that does it; where none has begun it, the idle one may."""
        with self._lock:
            if self._worker is None:
                self._worker = self._place(self.arm, idle)
            return self._worker

    def _go_on(self) -> None:
        budget_s = FIRST_S if self.found is None else PIECE_S
        pause_s = SHOW_S * max(1, self.worker().n_waiting)
        show = self.found is None or monotonic() - self._shown > pause_s
        self.worker().asked_at = monotonic()
        self._submit(budget_s, show=show, take=self._take)

    def _submit(
        self, budget_s: float, *, show: bool, take: Callable[[Future[Any]], None]
    ) -> Future[Any] | None:
        try:
            piece = self.worker().submit(advance, self.arm, budget_s, show=show)
        except RuntimeError as error:  # the server is closing down
            self.error = error
            return None
        self._pending = piece
        piece.add_done_callback(take)
        return piece

    def _take_ahead(self, piece: Future[Any]) -> None:
        self._take(piece)
        self.finished_ahead = self.finished

    def _take(self, piece: Future[Any]) -> None:
        with self._lock:
            self._pending = None
            if not piece.cancelled():
                self._take_result(piece)
            if self._is_watched() and not self.over:
                self._go_on()
        for news in [*self.listeners]:
            with news:
                news.notify_all()

    def _take_result(self, piece: Future[Any]) -> None:
        error = piece.exception()
        if isinstance(error, BrokenExecutor) and not self._restarted:
            self._restarted = True  # the process died, perhaps for want of memory
        elif error is not None:
            self.error = error
        else:
            progress = piece.result()
            self._restarted = False
            self._show(progress)
            self.finished = progress.finished

    def _show(self, progress: Progress) -> None:
        """Keep what was found, if it is more: work that had to begin again catches up unseen."""
        if progress.found is None:
            return
        self._shown = monotonic()
        if progress.n_done >= self.n_done or progress.finished:
            self.found, self.n_done = progress.found, progress.n_done

    def _is_watched(self) -> bool:
        now = monotonic()
        return any(now < until for until in self._watchers.values())
