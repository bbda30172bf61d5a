"""Several arms one after the other, with what is known so far shown after each."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from bnviz.labs.arm import Arm, Pieces, ask


def in_turn(arms: Sequence[Arm], missing: Any, into: Callable[[list[Any]], Any]) -> Pieces:
    """Do several arms one after the other; each that was done before is remembered.

    Parameters
    ----------
    arms : sequence of Arm
    missing : anything
        Stands for the result of an arm that is not done yet.
    into : callable
        Takes the results, in the order of the arms, and makes what is offered after each arm and
        returned at the end.

    Examples
    --------
    >>> from bnviz.labs.arm import finish
    >>> finish(Arm(in_turn, ((Arm(pow, (2, 3)), Arm(pow, (3, 2))), None, tuple)))
    (8, 9)
    """
    results = [missing] * len(arms)
    yield partial(into, results.copy())
    for k, arm in enumerate(arms):
        results[k] = yield from ask(arm.measure, *arm.needs)
        yield partial(into, results.copy())
    return into(results)
