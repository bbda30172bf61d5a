"""How long a class waits: many readers at once, on this computer.

    python -m benchmarks.load [--only NAME] [--quick]
    python -m benchmarks.load --sessions 30 --think 5 --seconds 20 [--page noise] [--equal]
                              [--cold] [--walk] [--baseline] [--one] [--share 0.5]

Without options it prints all tables, in some eight minutes: a class on this machine, the same
app with everything in the script thread, the same app with one worker on half a core, what one
move costs, and an hour of comings and goings in a minute. --only takes the name of a table, or of
a row of the first one. The second form measures one class of your own.

A reader is a WebSocket that does what a browser does, without drawing. It moves at its beat, or
once its run is over, if that is later; after 30 s it gives up and is lost. "First" is the first
message with charts of the new run, "finished" the one with all of it. Aims are for two cores that
do nothing else; readers and server share them here, so on a busy machine the figures are upper
bounds.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.costs import costs, hour
from benchmarks.crowd import Class, Found, finished, first, gather, link, percentile
from benchmarks.options import Options, read
from benchmarks.rounds import Ratio, print_table
from benchmarks.server import Engine, Server, ServerError, serving
from benchmarks.session import LONG_S, LostError, Session

MEMORY_MIB, UNFAIR = 330.0, 3.0


class Row(NamedTuple):
    """A class, and what its 95th percentiles should be, in seconds."""

    name: str
    title: str
    lesson: Class
    first_s: float | None = None
    finished_s: float | None = None


ROWS = [
    Row("equal", "30 follow the same links, every 5 s", Class(30, 5, 15, equal=True), 0.3, 0.6),
    Row("calm", "30 follow their own links, every 15 s", Class(30, 15, 30), 0.5, 2.5),
    Row("overload", "30 follow their own links, every 5 s", Class(30, 5, 10), 0.8, 8.0),
    Row("ten", "10 follow their own links, every 5 s", Class(10, 5, 15), 0.5, 2.5),
    Row("hundred", "100 are there, 10 move every 5 s", Class(100, 5, 15, moving=0.1), 0.5, 3.0),
    Row("walk", "30 move sliders, every 5 s", Class(30, 5, 10, walk=True)),
    Row("noise", "30 in the lab on noise, every 5 s", Class(30, 5, 15, page="noise")),
    Row("cold", "30 open a cold server at once", Class(30, 0, 0, cold=True), None, 4.0),
]
BASELINE = ("equal", "ten", "cold")
SMALL = ("equal", "calm", "overload", "ten", "hundred")
SHORT = Class(2, 1, 2, patience_s=LONG_S)
"""A class that shows that the measurement works, and nothing else."""
HEAD = ["class", "moves", "first p50", "p95", "p99", "finished p50", "p95", "p99"]
HEAD += ["slowest/median", "errors", "lost", "MiB", "CPU s/s: app", "workers"]


@dataclass(frozen=True)
class Place:
    """Where the app runs in a table."""

    title: str
    engine: Engine = "workers"
    share: float | None = None


HERE = Place(f"A class on {os.cpu_count()} cores; seconds")
THREAD = Place("The same with everything in the script thread; seconds", "thread")
HALF = Place("The same with one worker on half a core; seconds", "one", 0.5)


def measure(row: Row, place: Place) -> tuple[Found, Server]:
    """Let a class come to a server of its own."""
    with serving(place.engine, place.share) as server:
        if not row.lesson.cold:
            asyncio.run(_warm(server, row.lesson.page))
        return asyncio.run(gather(server, row.lesson)), server


async def _warm(server: Server, page: str) -> None:
    """Let one reader see what the page shows at first; a host may take long for the first one."""
    async with Session(server.port, page, LONG_S) as session:
        await session.open(link(page, 0))


def cells(row: Row, found: Found, *, aims: bool) -> list[object]:
    """Return the cells of a class: what was measured, and the aims beside it."""
    waits = found.openings if row.lesson.cold else found.waits
    shown: list[object] = [row.title, len(waits)]
    for seconds, aim in ((first(waits), row.first_s), (finished(waits), row.finished_s)):
        p50, p95, p99 = (percentile(seconds, percent) for percent in (50, 95, 99))
        shown += [Ratio(p50), Ratio(p95, aim if aims else None), Ratio(p99)]
    shown.append("" if row.lesson.cold else Ratio(found.unfairness, UNFAIR if aims else None))
    shown += [_none_wanted(found.errors), _none_wanted(found.lost)]
    shown.append(Ratio(round(found.memory_mib), MEMORY_MIB if aims else None))
    return [*shown, *(f"{cpu_s / found.seconds:.2f}" for cpu_s in found.cpu_s)]


def _none_wanted(texts: Sequence[str]) -> str:
    """Return how many there are, and the first of them."""
    return f"{len(texts)} ({texts[0]}) MISSED" if texts else "0"


def table(rows: Sequence[Row], place: Place, *, aims: bool = False) -> None:
    """Measure and print classes at one place."""
    shown: list[list[object]] = []
    limit = ""
    for row in rows:
        print(f"measuring: {row.title}", file=sys.stderr)
        try:
            found, server = measure(row, place)
        except (LostError, ServerError) as error:  # the other rows are still worth measuring
            shown.append([row.title, f"not measured: {error}", *[""] * (len(HEAD) - 2)])
            continue
        shown.append(cells(row, found, aims=aims))
        limit = server.limit
    print_table(f"{place.title} ({limit})" if limit else place.title, HEAD, shown)


def _named(names: Sequence[str]) -> list[Row]:
    return [row for row in ROWS if row.name in names]


TABLES = {
    "class": lambda: table(ROWS, HERE, aims=True),
    "baseline": lambda: table(_named(BASELINE), THREAD),
    "small": lambda: table(_named(SMALL), HALF),
    "moves": costs,
    "hour": hour,
}


def main() -> None:
    """Measure and print."""
    options = read(__doc__ or "", [*TABLES, *(row.name for row in ROWS)])
    try:
        show(options)
    except (LostError, ServerError) as error:
        sys.exit(f"{error}; is the computer too busy?")


def show(options: Options) -> None:
    """Measure and print what was asked for."""
    print(f"{os.cpu_count()} cores, {os.getloadavg()[0]:.1f} processes at work before")
    if options.own is not None:
        place = Place("Your class; seconds", options.engine, options.share)
        table([Row("own", "as asked for", options.own)], place)
    elif options.quick:
        table([Row("quick", "2 follow their own links, every 1 s", SHORT)], HERE)
        costs(quick=True)
    elif options.only in TABLES:
        TABLES[options.only]()
    elif options.only:
        table(_named([options.only]), HERE, aims=True)
    else:
        for table_of in TABLES.values():
            table_of()


if __name__ == "__main__":
    main()
