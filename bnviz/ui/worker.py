"""A worker process that keeps the runs it has begun, and is replaced if it dies."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from loky import ProcessPoolExecutor

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Worker:
    """One process for one piece of work at a time; a thread where processes cannot be had.

    ``loky`` starts the process without importing the page that is running, as the standard
    library's pool would.

    Parameters
    ----------
    executor : Executor, optional
        What does the work in place of the process; once it takes no more, a process does.

    Attributes
    ----------
    n_waiting : int
        Pieces of work in the queue, the one that is being done included.
    n_done : int
    asked_at : float
        When somebody last waited for it, on the clock of ``time.monotonic``.
    """

    def __init__(self, executor: Executor | None = None) -> None:
        self._executor = _start() if executor is None else executor
        self.n_waiting = self.n_done = 0
        self.asked_at = -math.inf
        self._lock = threading.Lock()

    def submit(self, task: Callable[..., Any], *arguments: Any, **options: Any) -> Future[Any]:
        """Put a piece of work at the end of the queue.

        Raises
        ------
        RuntimeError
            If the server is closing down.
        """
        try:
            piece = self._executor.submit(task, *arguments, **options)
        except RuntimeError:  # the process has died, and takes no more
            self._executor = _start()
            piece = self._executor.submit(task, *arguments, **options)
        with self._lock:
            self.n_waiting += 1
        piece.add_done_callback(self._note_done)
        return piece

    def _note_done(self, _: Future[Any]) -> None:
        with self._lock:
            self.n_waiting -= 1
            self.n_done += 1


def _start() -> Executor:
    try:
        executor: Executor = ProcessPoolExecutor(max_workers=1, timeout=None, env=ONE_THREAD)
        executor.submit(_be_ready)
    except OSError:
        executor = ThreadPoolExecutor(max_workers=1)
    return executor


def _be_ready() -> None:
    """Load what the first run will need."""
    import bnviz.labs.arm
    import bnviz.labs.playground  # noqa: F401
