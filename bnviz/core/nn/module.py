"""What all layers share: mode, gradients, state."""

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array


class Pass(NamedTuple):
    """What a forward pass left behind.

    Attributes
    ----------
    memory : Any
        What its backward pass needs.
    output : function
        Returns its output, or None where nobody holds it any more.
    training : bool
        The mode of the layer.
    """

    memory: Any
    output: Callable[[], Array | None]
    training: bool


class Module(ABC):
    """Hold what all layers share: the mode, the gradients and the state.

    Attributes
    ----------
    training : bool
        True at first. Only layers with running statistics behave differently in evaluation.
    grads : dict of str to array
        Gradients of the parameters, from the last ``backward``.
    """

    PARAMETERS: ClassVar[tuple[str, ...]] = ()
    BUFFERS: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.training = True
        self.grads: dict[str, Array] = {}
        self._passes: list[Pass] = []
        self._n_waiting = [0, 0]  # passes since the last backward, in evaluation and in training

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Return the output, and remember what the backward pass needs."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Return the gradient with respect to the input of the forward pass before it.

        Raises
        ------
        ValueError
            If there was no forward pass. If there were several since the last ``backward`` and the
            caller holds the outputs of more than one, or of none: ``dy`` cannot say to which it
            belongs. All are forgotten then.
        """

    def __call__(self, x: Array) -> Array:
        """Return ``forward(x)``."""
        return self.forward(x)

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, or with ``mode=False`` to evaluation mode.

        ``train()`` ends an evaluation, and forgets its forward passes.
        """
        if mode:
            self._passes = [done for done in self._passes if done.training]
            self._n_waiting[False] = 0
        self.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation mode."""
        return self.train(False)

    def forget(self) -> None:
        """Forget the forward passes so far: a ``backward`` now needs a new one."""
        self._passes, self._n_waiting = [], [0, 0]

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy takes along: all but the forward passes."""
        return self.__dict__ | {"_passes": [], "_n_waiting": [0, 0]}

    def parameters(self) -> dict[str, Array]:
        """Return what is learned, by name. The arrays are live: change them in place to learn."""
        return self._present(self.PARAMETERS)

    def buffers(self) -> dict[str, Array]:
        """Return what is kept but not learned, by name, as live arrays."""
        return self._present(self.BUFFERS)

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers, under PyTorch's names."""
        return {name: a.copy() for name, a in self._state().items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take parameters and buffers from ``state``; dtypes stay those of the layer.

        Parameters
        ----------
        state : mapping of str to array
            Exactly the names of :meth:`state_dict`, with the same shapes. Only a counter
            ``num_batches_tracked`` may be missing, as in states from before PyTorch 0.4.1.

        Raises
        ------
        ValueError
            If a name is missing or unexpected, or a shape differs. Nothing is loaded then.

        Notes
        -----
        A counter that is missing becomes 0. PyTorch 2.13 leaves it as it is, which is the same
        in a new layer.
        """
        own = self._state()
        counters = {name for name in own if name.split(".")[-1] == "num_batches_tracked"}
        state = dict.fromkeys(counters, np.array(0)) | dict(state)
        if state.keys() != own.keys():
            raise ValueError(
                f"state must have the keys {sorted(own)}; missing {sorted(own.keys() - state)}, "
                f"unexpected {sorted(state.keys() - own)}"
            )
        for name, a in own.items():
            if np.shape(state[name]) != a.shape:
                raise ValueError(
                    f"{name} must have the shape {a.shape}, got {np.shape(state[name])}"
                )
        for name, a in own.items():
            a[...] = state[name]

    def _state(self) -> dict[str, Array]:
        """Return all that a state holds, as live arrays."""
        return self.parameters() | self.buffers()

    def _present(self, names: tuple[str, ...]) -> dict[str, Array]:
        """Return the attributes of these names that are not None."""
        return {name: a for name in names if (a := getattr(self, name)) is not None}

    def _remember(self, y: Array, memory: Any) -> Array:
        """Return ``y``; keep what its backward pass needs at least while ``y`` is held."""
        if not any(self._n_waiting):
            self._passes = []
        held = [done for done in self._passes if done.output() is not None]
        self._passes = [*held, Pass(memory, weakref.ref(y), self.training)]
        self._n_waiting[self.training] += 1
        return y

    def _remembered(self) -> Any:
        """Return what the forward pass left behind; refuse where it is not clear which one."""
        name, n_waiting = type(self).__name__, sum(self._n_waiting)
        if not self._passes:
            raise ValueError(f"{name}.backward needs a forward pass before it")
        held = [done for done in self._passes if done.output() is not None]
        if n_waiting > 1 and len(held) != 1:
            self.forget()
            raise ValueError(
                f"{name}.backward cannot tell to which of {n_waiting} forward passes dy belongs, "
                f"as {len(held) or 'none'} of their outputs are still held. Run the one that "
                "counts again; before it, forget() drops passes that need no gradient"
            )
        done = held[0] if n_waiting > 1 else self._passes[-1]
        self._recall(done.memory)
        return done.memory

    def _last_memory(self) -> Any:
        """Return what the last forward pass left behind, for a stack that keeps it."""
        return self._passes[-1].memory if self._passes else None

    def _recall(self, memory: Any) -> None:
        """Make ``memory`` what the next backward passes need."""
        self._passes, self._n_waiting = [Pass(memory, lambda: None, self.training)], [0, 0]


def float_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return the dtype of a layer's parameters; refuse what is not floating."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"dtype must be a float type, got {dtype}")
    return dtype
