"""What all layers share: mode, gradients, state."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from bnviz.core.functional.sums import Array


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
        self._memory: Any = None
        self._n_waiting = 0  # forward passes since the last backward

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Give the output, and remember what the backward pass needs."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Give the gradient with respect to the input of the forward pass before it.

        Raises
        ------
        ValueError
            If there was no forward pass, or more than one since the last ``backward``: ``dy``
            cannot say to which of them it belongs. All are forgotten then.
        """

    def __call__(self, x: Array) -> Array:
        """Give ``forward(x)``."""
        return self.forward(x)

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, or with ``mode=False`` to evaluation mode.

        ``train()`` also forgets the forward passes before it: those of an evaluation get no
        ``backward``.
        """
        if mode:
            self.forget()
        self.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation mode."""
        return self.train(False)

    def forget(self) -> None:
        """Forget the forward passes so far: a ``backward`` now needs a new one."""
        self._memory, self._n_waiting = None, 0

    def parameters(self) -> dict[str, Array]:
        """Give what is learned, by name. The arrays are live: change them in place to learn."""
        return self._present(self.PARAMETERS)

    def buffers(self) -> dict[str, Array]:
        """Give what is kept but not learned, by name, as live arrays."""
        return self._present(self.BUFFERS)

    def state_dict(self) -> dict[str, Array]:
        """Give copies of all parameters and buffers, under PyTorch's names."""
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
        """Give all that a state holds, as live arrays."""
        return self.parameters() | self.buffers()

    def _present(self, names: tuple[str, ...]) -> dict[str, Array]:
        """Give the attributes of these names that are not None."""
        return {name: a for name in names if (a := getattr(self, name)) is not None}

    def _remember(self, memory: Any) -> None:
        """Keep what the backward pass of this forward pass needs."""
        self._memory = memory
        self._n_waiting += 1

    def _remembered(self) -> Any:
        """Give what the forward pass left behind; refuse where it may be that of another one."""
        name, n_waiting = type(self).__name__, self._n_waiting
        if self._memory is None:
            raise ValueError(f"{name}.backward needs a forward pass before it")
        if n_waiting > 1:
            self.forget()
            raise ValueError(
                f"{name}.backward must follow one forward pass, got {n_waiting} since the last "
                "backward, and dy may belong to any of them. Run the one that counts again; "
                "before it, forget() drops passes that need no gradient"
            )
        self._n_waiting = 0
        return self._memory


def float_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Give the dtype of a layer's parameters; refuse what is not floating."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"dtype must be a float type, got {dtype}")
    return dtype
