"""The options of ``benchmarks.load``, read and checked."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.crowd import Class
from benchmarks.server import Engine

MOST_SESSIONS, MOST_S = 500, 600.0
PAGES = ("playground", "noise")
"""Pages that can be measured: another seed in their link is another run."""
FIRST = Class(10, 5, 20)
"""A class of one's own, as far as nothing else is said."""


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes
    ----------
    only : str
        The name of a table or a row; empty for all.
    quick : bool
    own : Class or None
        A class that the options describe.
    engine : str
        For that class.
    share : float or None
        Of one core, for that class.
    """

    only: str
    quick: bool
    own: Class | None
    engine: Engine
    share: float | None


def read(description: str, names: Sequence[str], arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; end the program with one sentence where it says what cannot be.

    Parameters
    ----------
    description : str
    names : sequence of str
        Of tables and rows.
    arguments : sequence of str, optional
        In place of the command line.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load",
        description=description,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--only", choices=names, default="", metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="a short run that measures little")
    own = parser.add_argument_group("a class of your own")
    own.add_argument("--sessions", type=_whole(1, MOST_SESSIONS), help="readers")
    own.add_argument("--think", type=_number(0, MOST_S), help="seconds between two moves")
    own.add_argument("--seconds", type=_number(0, MOST_S), help="how long moves begin")
    own.add_argument("--page", choices=PAGES, help="default: playground")
    own.add_argument("--equal", action="store_true", help="all follow the same links")
    own.add_argument("--cold", action="store_true", help="all open a cold server at once")
    own.add_argument("--walk", action="store_true", help="move sliders of the playground")
    own.add_argument("--baseline", action="store_true", help="all in the script thread")
    own.add_argument("--one", action="store_true", help="one worker in place of two")
    own.add_argument("--share", type=_number(0.05, 0.95), help="of one core, for all processes")
    given = parser.parse_args(arguments)
    described = [
        name for name in vars(given) if name not in ("only", "quick") and _is_set(given, name)
    ]
    if described and (given.only or given.quick):
        parser.error(f"--only and --quick have classes of their own, got --{described[0]} as well")
    if given.only and given.quick:
        parser.error("--only and --quick cannot be joined")
    if given.walk and given.page == "noise":
        parser.error("--walk moves the sliders of the playground, got --page noise")
    if given.baseline and given.one:
        parser.error("--baseline has no workers, got --one as well")
    engine: Engine = "thread" if given.baseline else "one" if given.one else "workers"
    return Options(
        given.only, given.quick, _class(given) if described else None, engine, given.share
    )


def _is_set(given: argparse.Namespace, name: str) -> bool:
    return getattr(given, name) is not None and getattr(given, name) is not False  # 0 is set


def _class(given: argparse.Namespace) -> Class:
    """Return the class that the options describe."""
    return Class(
        n_sessions=given.sessions or FIRST.n_sessions,
        think_s=FIRST.think_s if given.think is None else given.think,
        seconds=0 if given.cold else FIRST.seconds if given.seconds is None else given.seconds,
        page=given.page or FIRST.page,
        equal=given.equal,
        cold=given.cold,
        walk=given.walk,
    )


def _whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within these bounds."""

    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
            raise argparse.ArgumentTypeError(
                f"wanted a whole number from {least} to {most}, got {text!r}"
            )
        return int(text)

    return number


def _number(least: float, most: float) -> Callable[[str], float]:
    """Return a reader of numbers within these bounds."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"wanted a number from {least:g} to {most:g}, got {text!r}"
            )
        return value

    return number
