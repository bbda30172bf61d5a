"""PyTorch in a process of its own, which starts when it is asked something and ends when idle.

The server itself never imports PyTorch: it would take three seconds, 160 MB, and make every page of
every reader slower.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import BrokenExecutor, Future
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
from loky import ProcessPoolExecutor

from bnviz import reference
from bnviz.ui.worker import ONE_THREAD

IDLE_S = 60
"""The process ends after this long without a question."""
MOST_KEPT = 16
"""Answers that are kept; the largest are about 4 MB."""

Answer = Mapping[str, npt.NDArray[np.floating[Any]] | None]


class PyTorch:
    """The way to PyTorch, shared by all readers.

    An idle process ends after ``idle_s`` seconds, and the next question starts another one. The
    process calls ``answer``; tests give another one.
    """

    def __init__(
        self, idle_s: float = IDLE_S, answer: Callable[..., Answer] = reference.answer
    ) -> None:
        self._idle_s, self._answer = idle_s, answer
        self._executor: ProcessPoolExecutor | None = None
        self._answers: OrderedDict[Hashable, Future[Answer]] = OrderedDict()
        self._lock = threading.Lock()
        self._last_answered = 0.0

    def ask(self, key: Hashable, *question: Any) -> Future[Answer]:
        """Ask PyTorch, without waiting; return the future answer.

        The question is the arguments of `bnviz.reference.answer`, and the key names it: who asks
        the same shares the answer. The future's exception is what PyTorch refused, or why there is
        no process; a question that failed is put again when it is next asked.
        """
        with self._lock:
            future = self._answers.get(key)
            if future is None or (future.done() and future.exception() is not None):
                future = self._answers[key] = self._submit(*question)
                future.add_done_callback(self._note)
            self._answers.move_to_end(key)
            while len(self._answers) > MOST_KEPT:
                self._answers.popitem(last=False)
        return future

    @property
    def running(self) -> bool:
        """Whether there is a process now."""
        return self._executor is not None

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(kill_workers=True)

    def _rest(self) -> None:
        """End the process if it has answered nothing for a while; else look again later.

        Not loky's own ``timeout``: that may end the process just as a question comes in, which
        loky then repairs with a warning. Here both take the same lock.
        """
        with self._lock:
            left = self._last_answered + self._idle_s - monotonic()
            busy = any(not future.done() for future in self._answers.values())
            if self._executor is None:
                return
            if busy or left > 0:
                self._look_again(max(left, 0.1 * self._idle_s))
                return
            executor, self._executor = self._executor, None
        executor.shutdown()

    def _note(self, _: Future[Answer]) -> None:
        self._last_answered = monotonic()

    def _look_again(self, after_s: float) -> None:
        timer = threading.Timer(after_s, self._rest)
        timer.daemon = True
        timer.start()

    def _submit(self, *question: Any) -> Future[Answer]:
        future: Future[Answer] = Future()
        try:
            if self._executor is None:
                self._executor = self._start()
            try:
                future = self._executor.submit(self._answer, *question)
            except BrokenExecutor:  # the process has died, perhaps for want of memory
                self._executor = self._start()
                future = self._executor.submit(self._answer, *question)
        except (OSError, RuntimeError) as error:  # no process can be had, or the server closes
            future.set_exception(error)
        return future

    def _start(self) -> ProcessPoolExecutor:
        self._look_again(self._idle_s)
        return ProcessPoolExecutor(max_workers=1, timeout=None, env=ONE_THREAD)


@st.cache_resource(show_spinner=False, max_entries=1)
def pytorch() -> PyTorch:
    """Return this server's way to PyTorch; no process starts before the first question."""
    return PyTorch()
