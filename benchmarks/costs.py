"""What one move costs the server, and what an hour of comings and goings leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from itertools import count
from time import monotonic

from benchmarks.crowd import link
from benchmarks.rounds import Ratio, print_table
from benchmarks.server import Server, serving
from benchmarks.session import LONG_S, LostError, Session

N_MOVES = 6
REST_S = 0.5
"""Pause after a move; what still comes is counted to it."""
RERUNS = 2.0
HOUR_S, N_LOOKS = 48.0, 6
N_GUESTS, MOVES_EACH = 8, 4
GROWTH = 1.05


def costs(*, quick: bool = False) -> None:
    """Count and print what single moves of one reader cost."""
    with serving() as server:
        rows = asyncio.run(_costs(server, 1 if quick else N_MOVES))
    head = ["one reader", "moves", "reruns", "of fragments", "questions", "messages per rerun"]
    head += ["charts sent", "kB", "CPU ms: app", "workers", "app per rerun"]
    print_table("What one move costs the server", head, rows)


async def _costs(server: Server, n_moves: int) -> list[list[object]]:
    rows = []
    numbers = count(1)
    async with Session(server.port, "playground", LONG_S) as session:

        async def counted(what: str, move: Callable[[], Awaitable[object]]) -> None:
            rows.append(await _cost(what, server, session, move, n_moves))

        await session.open()
        await counted("a link, new", lambda: session.follow(link("playground", next(numbers))))
        await counted("a slider, new", lambda: session.press("lr", -1))
        await counted("a slider, seen before", lambda: session.press("lr", 1))
    async with Session(server.port, "noise", LONG_S) as session:
        await session.open(link("noise", 0))
        await counted("the lab on noise, new", lambda: session.follow(link("noise", next(numbers))))
    return rows


async def _cost(
    what: str,
    server: Server,
    session: Session,
    move: Callable[[], Awaitable[object]],
    n_moves: int,
) -> list[object]:
    """Make some moves, and return a row with what one of them costs."""
    await asyncio.sleep(REST_S)
    before, cpu_before = copy(session.traffic), server.cpu_s()
    for _ in range(n_moves):
        await move()
        await asyncio.sleep(REST_S)
    all_of_it = session.traffic.minus(before)
    app, workers = (now - then for now, then in zip(server.cpu_s(), cpu_before, strict=True))
    return [
        what,
        n_moves,
        Ratio(all_of_it.n_reruns / n_moves, RERUNS),
        f"{all_of_it.n_fragments / n_moves:.1f}",
        f"{all_of_it.n_asked / n_moves:.1f}",
        f"{all_of_it.n_messages / all_of_it.n_reruns:.0f}",
        f"{all_of_it.n_stages / n_moves:.1f}",
        f"{all_of_it.n_bytes / n_moves / 1000:.0f}",
        f"{app / n_moves * 1000:.0f}",
        f"{workers / n_moves * 1000:.0f}",
        f"{app / all_of_it.n_reruns * 1000:.0f}",
    ]


def hour() -> None:
    """Let guests come and go without pause, and print the memory of the server meanwhile."""
    with serving("workers", None, "--server.disconnectedSessionTTL=1") as server:
        looks, n_visits, errors = asyncio.run(_guests(server))
    head = [
        "visits",
        "moves each",
        *(f"MiB after {look}/{N_LOOKS}" for look in range(1, N_LOOKS + 1)),
    ]
    row = [
        n_visits,
        MOVES_EACH,
        *map(round, looks),
        Ratio(looks[-1] / looks[N_LOOKS // 2 - 1], GROWTH),
    ]
    print_table(
        f"Comings and goings, {N_GUESTS} at a time, new runs of 100 steps, {HOUR_S:g} s",
        [*head, "end over half", "errors"],
        [[*row, len(errors)]],
    )


async def _guests(server: Server) -> tuple[list[float], int, list[str]]:
    """Return the MiB at each look, how many visits there were, and what went wrong."""
    numbers, errors, n_visits = count(1), [], 0
    start = monotonic()

    async def guest() -> None:
        nonlocal n_visits
        while monotonic() < start + HOUR_S:
            try:
                async with Session(server.port, "playground", LONG_S) as session:
                    await session.open(_short(next(numbers)))
                    for _ in range(MOVES_EACH):
                        await session.follow(_short(next(numbers)))
                    errors.extend(session.errors)
            except LostError as error:
                errors.append(str(error))
            n_visits += 1

    async def look(number: int) -> float:
        await asyncio.sleep(number * HOUR_S / N_LOOKS)
        return server.memory_mib()

    guests = [asyncio.create_task(guest()) for _ in range(N_GUESTS)]
    looks = await asyncio.gather(*(look(number) for number in range(1, N_LOOKS + 1)))
    await asyncio.gather(*guests)
    return looks, n_visits, errors


def _short(number: int) -> dict[str, str]:
    return {**link("playground", number), "n_steps": "100"}
