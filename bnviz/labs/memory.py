"""What a process remembers, within a bound in bytes."""

import gc
from collections import OrderedDict
from collections.abc import Hashable
from types import CodeType, FunctionType, ModuleType
from typing import Any, Generic, TypeVar

import numpy as np

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

OF_THE_PROGRAM = (type, ModuleType, CodeType)


def size(value: Any, apart: type | tuple[type, ...] = ()) -> int:
    """Return the bytes of all arrays that a value holds, and 64 for each other object.

    Parameters
    ----------
    value : anything
        Also a function with what it closes over, and a generator with its variables.
    apart : type or tuple of types
        What is of such a type is counted elsewhere.

    Examples
    --------
    >>> size({"loss": np.zeros(100), "steps": 3})
    928
    >>> whole = np.zeros(100)
    >>> size([whole, whole[:50]])
    864
    """
    n_bytes, seen, rest = 0, set(), [value]
    while rest:
        part = rest.pop()
        if isinstance(part, np.ndarray):
            while isinstance(part.base, np.ndarray):
                part = part.base
        if id(part) in seen or isinstance(part, OF_THE_PROGRAM):
            continue
        if part is not value and isinstance(part, apart):
            continue
        seen.add(id(part))
        if isinstance(part, np.ndarray):
            n_bytes += part.nbytes
            continue
        n_bytes += 64
        rest += part.__closure__ or () if isinstance(part, FunctionType) else gc.get_referents(part)
    return n_bytes


class Memory(Generic[K, V]):
    """Values by key, within a bound in bytes; what was asked for longest ago is forgotten first.

    Examples
    --------
    >>> memory = Memory(most_bytes=1000)
    >>> for n in range(3):
    ...     memory.keep(n, np.zeros(60), 480)
    >>> [n in memory for n in range(3)]
    [False, True, True]
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.n_bytes = most_bytes, 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._values

    def find(self, key: K) -> V:
        """Return what is remembered of a key."""
        self._values.move_to_end(key)
        return self._values[key][0]

    def keep(self, key: K, value: V, n_bytes: int) -> None:
        """Remember a value of so many bytes; one that is larger than the bound is not kept."""
        self.forget(key)
        if n_bytes > self.most_bytes:
            return
        self._values[key] = value, n_bytes
        self.n_bytes += n_bytes
        while self.n_bytes > self.most_bytes:
            self.forget(next(iter(self._values)))

    def forget(self, key: K) -> None:
        """Forget what is remembered of a key, if anything is."""
        if key in self._values:
            self.n_bytes -= self._values.pop(key)[1]

    def values(self) -> list[V]:
        """Return all that is remembered."""
        return [value for value, _ in self._values.values()]

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self.n_bytes = 0
