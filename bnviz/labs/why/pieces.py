"""Work written as a generator: a piece ends at each ``yield``, and the result is returned."""

from collections import OrderedDict
from collections.abc import Callable, Generator
from typing import Any

MOST_KEPT = 24
"""Results that a process remembers."""

_results: OrderedDict[tuple[Any, ...], Any] = OrderedDict()


class Pieces:
    """Do the work of a generator function, a piece at a time, and remember what came out.

    Parameters
    ----------
    measure : callable
        ``measure(*needs)`` gives the generator. The same arguments must give the same result.
    *needs : hashable
        What the work depends on, and nothing else: what is not here may change without new work.

    Examples
    --------
    >>> def double(number):
    ...     yield
    ...     return 2 * number
    >>> work = Pieces(double, 21)
    >>> work.advance()
    >>> work.finished, work.trace()
    (False, None)
    >>> work.advance()
    >>> work.trace(), Pieces(double, 21).finished
    (42, True)
    """

    def __init__(self, measure: Callable[..., Generator[None, None, Any]], *needs: Any) -> None:
        self._key = (measure, *needs)
        self._result = _results.get(self._key)
        self._going = measure(*needs)

    @property
    def finished(self) -> bool:
        """Whether there is a result."""
        return self._result is not None

    def advance(self) -> None:
        """Go on to the next ``yield``, or to the result."""
        if self.finished:
            return
        try:
            next(self._going)
        except StopIteration as end:
            self._result = _results[self._key] = end.value
            while len(_results) > MOST_KEPT:
                _results.popitem(last=False)

    def trace(self) -> Any:
        """Return the result; None before."""
        return self._result
