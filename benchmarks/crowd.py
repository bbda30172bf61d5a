"""Many readers at once: what they do, and how long they wait."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from benchmarks.heard import Wait
from benchmarks.server import Server
from benchmarks.session import PATIENCE_S, LostError, Session
from bnviz.labs.question import SKIPPED

LOOK_S = 2.0
"""Pause between two looks at the memory of the server."""
FEW = 20
"""Sessions that open their page at the same time before the clock runs."""
RATES = ("0.5", "0.2", "1.0", "0.1")
"""Learning rates that need the same work."""
N_SEEDS = 99
WALK = ("batch_size", "momentum", "eps")
"""The sliders of a walk; each goes down, one notch a move."""


@dataclass(frozen=True)
class Class:
    """What the readers of a class do.

    Attributes
    ----------
    n_sessions : int
    think_s : float
        Seconds from one move of a reader to the next; longer where the run is not over by then.
    seconds : float
        How long moves begin.
    page : str
        The slug of the page.
    equal : bool
        Whether all follow the same links, as those that a teacher sends, or each has its own.
    cold : bool
        Whether all open the page at once on a server that has just started.
    moving : float
        Share of the sessions that move; the others keep their page open.
    walk : bool
        Whether they move sliders, instead of following links that change all that is computed.
    patience_s : float
        A reader who has waited this long for the end of a run gives up, and is lost.
    """

    n_sessions: int
    think_s: float
    seconds: float
    page: str = "playground"
    equal: bool = False
    cold: bool = False
    moving: float = 1.0
    walk: bool = False
    patience_s: float = PATIENCE_S


@dataclass
class Visit:
    """What one reader met."""

    opening: Wait | None = None
    waits: list[Wait] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lost: str = ""


@dataclass
class Found:
    """What a class met."""

    visits: list[Visit]
    memory_mib: float  # of all processes of the server, the most that was seen
    seconds: float
    cpu_s: tuple[float, float]  # of the server's own process, and of its workers, meanwhile

    @property
    def waits(self) -> list[Wait]:
        """All waits after moves."""
        return [wait for visit in self.visits for wait in visit.waits]

    @property
    def openings(self) -> list[Wait]:
        """All waits after the opening."""
        return [visit.opening for visit in self.visits if visit.opening]

    @property
    def errors(self) -> list[str]:
        """What the pages complained about."""
        return [error for visit in self.visits for error in visit.errors]

    @property
    def lost(self) -> list[str]:
        """Why sessions were lost, one text for each that was."""
        return [visit.lost for visit in self.visits if visit.lost]

    @property
    def unfairness(self) -> float:
        """The slowest session's median wait for a finished run, over the median session's."""
        medians = [percentile(finished(v.waits), 50) for v in self.visits if v.waits]
        return max(medians) / percentile(medians, 50) if medians else math.nan


def first(waits: Sequence[Wait]) -> list[float]:
    """Return the seconds until something of the new run was there; infinite where nothing came."""
    return [math.inf if wait.first_s is None else wait.first_s for wait in waits]


def finished(waits: Sequence[Wait]) -> list[float]:
    """Return the seconds until the run was over; infinite where the reader gave up."""
    return [math.inf if wait.finished_s is None else wait.finished_s for wait in waits]


def percentile(seconds: Sequence[float], percent: float) -> float:
    """Return the least of the waits that so many percent of them do not exceed; NaN without any.

    Examples
    --------
    >>> percentile([3.0, 1.0, 2.0, 4.0], 50), percentile([3.0, 1.0, 2.0, 4.0], 95)
    (2.0, 4.0)
    """
    if not seconds:
        return math.nan
    return float(np.percentile(seconds, percent, method="inverted_cdf"))


def links(lesson: Class, reader: int) -> Iterator[dict[str, str]]:
    """Return what the links of a reader set, one after the other; none of them comes twice."""
    move = 0
    while True:
        number = move if lesson.equal else move * lesson.n_sessions + reader
        yield link(lesson.page, 1 + number)
        move += 1


def link(page: str, number: int) -> dict[str, str]:
    """Return what the link of this number sets; 0 is what a page shows at first."""
    if number == 0:
        return _past_question(page)
    seed = {"seed": str(1 + (number - 1) % N_SEEDS)}
    if page == "playground":
        return {**seed, "lr": RATES[(number - 1) // N_SEEDS % len(RATES)]}
    return {**seed, **_past_question(page)}


def _past_question(page: str) -> dict[str, str]:
    """Return what a link to a lesson sets so that it shows the result, not the question."""
    return {} if page == "playground" else {"predicted": SKIPPED}


async def gather(server: Server, lesson: Class) -> Found:
    """Let a class come, move for some time and go."""
    visits = [Visit() for _ in range(lesson.n_sessions)]
    doors = asyncio.Semaphore(lesson.n_sessions if lesson.cold else FEW)
    all_there = asyncio.Barrier(lesson.n_sessions)
    start, before = monotonic(), server.cpu_s()
    looking = asyncio.create_task(_most_memory(server))
    await asyncio.gather(
        *(_visit(server, lesson, n, visits[n], doors, all_there) for n in range(lesson.n_sessions))
    )
    looking.cancel()
    own, others = (now - then for now, then in zip(server.cpu_s(), before, strict=True))
    return Found(visits, await looking, monotonic() - start, (own, others))


async def _most_memory(server: Server) -> float:
    """Return the most memory that was seen until this is cancelled."""
    most = 0.0
    try:
        while True:
            most = max(most, server.memory_mib())
            await asyncio.sleep(LOOK_S)
    except asyncio.CancelledError:
        return max(most, server.memory_mib())


async def _visit(
    server: Server,
    lesson: Class,
    reader: int,
    visit: Visit,
    doors: asyncio.Semaphore,
    all_there: asyncio.Barrier,
) -> None:
    """Come, wait for the others, move, and go; nothing that happens ends the class."""
    session = Session(server.port, lesson.page, lesson.patience_s)
    try:
        async with doors:
            await session.connect()
            visit.opening = await session.open(link(lesson.page, 0))
    except (LostError, OSError) as error:
        visit.opening, visit.lost = session.wait, str(error) or type(error).__name__
    await all_there.wait()
    try:
        if not visit.lost:
            await _stay(session, lesson, reader, visit)
    except LostError as error:
        visit.lost = str(error)
    visit.errors = session.errors
    await session.close()


async def _stay(session: Session, lesson: Class, reader: int, visit: Visit) -> None:
    """Move again and again, at a reader's own beat; the beats of a class are spread evenly."""
    start = monotonic()
    end = start + lesson.seconds
    n_moving = max(1, round(lesson.moving * lesson.n_sessions))
    due = start + lesson.think_s * reader / n_moving
    ways = links(lesson, reader)
    while reader < n_moving and due < end:
        await asyncio.sleep(max(0.0, due - monotonic()))
        due = max(due + lesson.think_s, monotonic())
        try:
            if lesson.walk and visit.waits:
                await session.press(WALK[(len(visit.waits) - 1) % len(WALK)], -1)
            else:
                await session.follow(next(ways))
        finally:
            if session.wait is not None:
                visit.waits.append(session.wait)
    await asyncio.sleep(max(0.0, end - monotonic()))
