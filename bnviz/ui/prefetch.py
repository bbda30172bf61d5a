"""What a reader will probably ask for next, computed while nobody waits.

A worker gets a short piece of it only while it has nothing else to do and nobody has waited for a
while. So a reader's piece comes after at most one such piece. The first question that is asked puts
an end to what was guessed before it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from dataclasses import fields as parts
from time import monotonic
from typing import Any, TypeVar

from bnviz.labs.arm import Plan
from bnviz.settings import Range, fields
from bnviz.ui.arm_run import ArmRun
from bnviz.ui.runs import Run, Runs
from bnviz.ui.worker import Worker

SWITCH = "BNVIZ_PREFETCH"
"""The environment variable that switches it off, with the value "off"."""
QUIET_S = 0.25
"""So long nobody must have waited for a worker; a browser draws meanwhile."""
ACTIVE_S = 30.0
"""A reader who has asked for nothing for so long is not active."""
MOST_READERS = 4
"""With more active readers than this nothing is computed ahead."""

S = TypeVar("S")


def guesses(
    settings: S,
    moved: str | None,
    main: Sequence[str],
    presets: Sequence[S],
    before: S | None = None,
) -> list[S]:
    """Return what a reader will probably ask for next, the most probable first.

    That is one step further in the same direction, then a step of each other slider, then back.

    Parameters
    ----------
    settings : settings of a lab
        What is on show.
    moved : str, optional
        The field that was moved last.
    main : sequence of str
        The fields that are moved most.
    presets : sequence of settings
    before : settings, optional
        What was on show before the last move.
    """
    marks = fields(type(settings))  # type: ignore[arg-type]
    found: list[S] = []
    for name in dict.fromkeys([*([] if moved is None else [moved]), *main]):
        mark = marks[name]
        if isinstance(mark, Range):
            near = mark.neighbours(getattr(settings, name))
            found += [replace(settings, **{name: value}) for value in near]  # type: ignore[type-var]
    # Where the reader comes from has been seen, unless the moves were quick.
    return sorted([*found, *presets], key=lambda one: one == before)


def moved_field(before: Any, now: Any) -> str | None:
    """Return the one field in which settings differ; None if it is not one."""
    if type(before) is not type(now):
        return None
    names = [part.name for part in parts(now)]
    changed = [name for name in names if getattr(before, name) != getattr(now, name)]
    return changed[0] if len(changed) == 1 else None


@dataclass
class Share:
    """What computing ahead has done, and what it was good for: arms, and processor seconds."""

    n_finished: int = 0
    n_used: int = 0
    cpu_s: float = 0.0


class Prefetch:
    """Let idle workers compute what readers will probably ask for next.

    Attributes
    ----------
    on : bool
    share : Share
    """

    def __init__(self, runs: Runs) -> None:
        self.on = os.environ.get(SWITCH, "on") != "off"
        self.share = Share()
        self._runs = runs
        self._wanted: dict[str, tuple[float, list[ArmRun]]] = {}
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_open = True

    def close(self) -> None:
        """Compute no more."""
        self._is_open = False
        self._news.set()

    def want(self, reader: str, plans: Iterable[Plan]) -> None:
        """Compute these plans ahead, in this order, in place of what this reader had before."""
        if not self.on:
            return
        runs = [run for plan in plans for run in self._runs.find(plan).parts.values()]
        with self._lock:
            now = monotonic()
            self._wanted = {
                who: (asked_at, rest)
                for who, (asked_at, rest) in self._wanted.items()
                if now - asked_at < ACTIVE_S and who != reader
            }
            self._wanted[reader] = now, runs
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        self._news.set()

    def note_use(self, run: Run) -> None:
        """Count the arms that were finished before somebody asked for this run."""
        for part in run.parts.values():
            if part.finished_ahead:
                part.finished_ahead = False
                self.share.n_used += 1

    def _work(self) -> None:
        while self._is_open:
            self._news.clear()
            pieces = [one for worker in self._runs.workers if (one := self._begin_piece(worker))]
            for run, piece in pieces:
                wait([piece])
                if not piece.cancelled() and piece.exception() is None:
                    self.share.cpu_s += piece.result().cpu_s
                    self.share.n_finished += run.finished
            if not pieces:
                self._news.wait(QUIET_S if self._rest() else None)

    def _begin_piece(self, worker: Worker) -> tuple[ArmRun, Future[Any]] | None:
        """Give an idle worker its next piece; None if it has, or should have, nothing to do."""
        busy_at = max(one.asked_at for one in self._runs.workers)
        if worker.n_waiting or monotonic() - busy_at < QUIET_S:
            return None
        for run in self._rest():
            if run.worker(worker) is worker and (piece := run.go_ahead()):
                return run, piece
        return None

    def _rest(self) -> list[ArmRun]:
        """Return what is still to be done, that of the reader who asked last first."""
        with self._lock:
            wanted = [*self._wanted.values()]
        n_active = sum(monotonic() - asked_at < ACTIVE_S for asked_at, _ in wanted)
        if n_active > MOST_READERS:
            return []
        return [run for _, runs in reversed(wanted) for run in runs if not run.over]
