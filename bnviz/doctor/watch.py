"""Hooks on norm layers: what goes in and comes out, in one forward pass after another."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from bnviz.doctor.batches import tensors_in
from bnviz.doctor.walk import Norm

Look = Callable[[int, int, Any], None]
"""Gets the number of the layer, the number of its call in this pass, and a tensor."""


class Watch:
    """Show each input and output of norm layers to whoever looks in this pass.

    Attributes
    ----------
    calls : list of int
        How often each layer was called in the last pass.
    order : list of int
        The layers of the last pass, by their first calls.
    seconds : float
        Time that the looking took, in all passes.
    """

    def __init__(self, norms: Sequence[Norm]) -> None:
        self._norms = norms
        self.calls: list[int] = []
        self.order: list[int] = []
        self.seconds = 0.0

    @contextmanager
    def looking(self, before: Look | None = None, after: Look | None = None) -> Iterator[None]:
        """Call `before` with each input and `after` with each output, for one pass."""
        self.calls, self.order = [0] * len(self._norms), []
        handles = []
        for index, norm in enumerate(self._norms):
            handles += [
                norm.module.register_forward_pre_hook(self._entering(index, before), **_KEYWORDS),
                norm.module.register_forward_hook(self._leaving(index, after)),
            ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _entering(self, index: int, look: Look | None) -> Callable[..., None]:
        def hook(_module: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
            start = perf_counter()
            if not self.calls[index]:
                self.order.append(index)
            self.calls[index] += 1
            if look is not None:
                look(index, self.calls[index] - 1, next(tensors_in([*arguments, keywords])))
            self.seconds += perf_counter() - start

        return hook

    def _leaving(self, index: int, look: Look | None) -> Callable[..., None]:
        def hook(_module: Any, _arguments: tuple[Any, ...], output: Any) -> None:
            start = perf_counter()
            if look is not None:
                look(index, self.calls[index] - 1, next(tensors_in(output)))
            self.seconds += perf_counter() - start

        return hook


_KEYWORDS = {"with_kwargs": True}
