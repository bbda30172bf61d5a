"""Runs in worker processes, and a memory of past ones.

The arms of a run are cut into pieces of some 40 ms. Each worker takes the next piece of whichever
arm waits longest, so thirty readers get their turns, and an arm that nobody watches any more gets
no further piece. The server's own process only hands results on, and stays quick.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from bnviz.labs.arm import Arm, Plan
from bnviz.labs.memory import Memory, size
from bnviz.ui.arm_run import UNWATCHED_S, ArmRun
from bnviz.ui.worker import Worker

MOST_BYTES = 32 * 2**20
"""Bytes of results that the server keeps; a default run has about 0.25 MB."""
LEAST_BYTES = 4096
"""What an arm weighs that has found nothing yet."""
MOST_WAITING = 3
"""Pieces in a worker's queue, in the mean; with more of them, many readers wait."""
MOST_HOMES = 4096
"""Arms of which the server knows which worker remembers them."""


class Run:
    """What a page follows: the arms of a plan, and the trace of what they have so far."""

    def __init__(self, plan: Plan, parts: dict[str, ArmRun]) -> None:
        self.plan, self.parts = plan, parts
        self._news = threading.Condition()
        self._held: list[Any] = []
        self._trace: Any = None

    @property
    def n_done(self) -> int:
        """Pieces of work that what was found holds."""
        return sum(part.n_done for part in self.parts.values())

    @property
    def found(self) -> Any:
        """The trace so far; None before there is anything to show."""
        held = [part.found for part in self.parts.values()]
        if [*map(id, held)] != [*map(id, self._held)]:
            self._trace = self.plan.trace(dict(zip(self.parts, held, strict=True)))
            self._held = held
        return self._trace

    @property
    def finished(self) -> bool:
        """Whether what was found is the whole result."""
        return all(part.finished for part in self.parts.values())

    @property
    def over(self) -> bool:
        """Whether no more will come."""
        return self.finished or self._error() is not None

    def watch(self, reader: str, patience_s: float = UNWATCHED_S) -> None:
        """Note that this reader wants the run to go on, for so long unless asked again."""
        for part in self.parts.values():
            part.watch(reader, patience_s)

    def leave(self, reader: str) -> None:
        """Note that this reader wants no more of it; the others keep it going."""
        for part in self.parts.values():
            part.leave(reader)

    def same_as(self, other: Run) -> bool:
        """Return whether another run has the same arms and makes the same of them."""
        return self.plan.name == other.plan.name and self.parts == other.parts

    def give_way_to(self, other: Run, reader: str) -> None:
        """Leave all arms that the other run does not have."""
        for part in self.parts.values():
            if part not in other.parts.values():
                part.leave(reader)

    def wait(self, timeout_s: float) -> Any:
        """Return what has been found, after waiting for the first of it; raise what the lab did."""
        self._wait_for(lambda: self.found is not None or self._error() is not None, timeout_s)
        error = self._error()
        if error is not None:
            raise error
        return self.found

    def wait_over(self, timeout_s: float) -> bool:
        """Wait for the end of the run, but not longer than this; return whether it is over."""
        return self._wait_for(lambda: self.over, timeout_s)

    def wait_more(self, n_seen: int, timeout_s: float) -> bool:
        """Wait for the end or for more than this many pieces; return whether it has come."""
        return self._wait_for(lambda: self.over or self.n_done > n_seen, timeout_s)

    def _wait_for(self, come: Callable[[], bool], timeout_s: float) -> bool:
        with self._news:
            for part in self.parts.values():
                part.listeners.add(self._news)
            come_in_time = self._news.wait_for(come, timeout_s)
            for part in self.parts.values():
                part.listeners.discard(self._news)
        return come_in_time

    def _error(self) -> BaseException | None:
        return next((part.error for part in self.parts.values() if part.error), None)


class Runs:
    """All arms of this server, and its workers."""

    def __init__(self, workers: list[Worker], most_bytes: int = MOST_BYTES) -> None:
        self.workers = workers
        self._arms: Memory[Arm, ArmRun] = Memory(most_bytes)
        self._homes: OrderedDict[Arm, Worker] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def crowded(self) -> bool:
        """Whether many readers wait at this moment."""
        n_waiting = sum(worker.n_waiting for worker in self.workers)
        return n_waiting > MOST_WAITING * len(self.workers)

    def find(self, plan: Plan | Arm) -> Run:
        """Return the run of a plan; readers who ask for the same arm share it."""
        plan = Plan.of(plan) if isinstance(plan, Arm) else plan
        with self._lock:
            return Run(plan, {name: self._find(arm) for name, arm in plan.arms.items()})

    def _find(self, arm: Arm) -> ArmRun:
        run = self._arms.find(arm) if arm in self._arms else None
        if run is None or run.error is not None:
            run = ArmRun(arm, self._place)
        n_bytes = min(LEAST_BYTES + size(run.found), self._arms.most_bytes)
        self._arms.keep(arm, run, n_bytes)  # as heavy as it is now
        return run

    def arm_runs(self) -> list[ArmRun]:
        """Return all arms that are kept."""
        return self._arms.values()

    def _place(self, arm: Arm, idle: Worker | None) -> Worker:
        """Return the worker that remembers what an arm asks for, else one with little to do."""
        home = arm.near or arm
        with self._lock:
            worker = self._homes.pop(home, None) or idle
            if worker is None:
                worker = min(self.workers, key=lambda one: (one.n_waiting, one.n_done))
            self._homes[home] = worker
            if len(self._homes) > MOST_HOMES:
                self._homes.popitem(last=False)
        return worker
