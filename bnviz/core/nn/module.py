"""What all layers share: mode, gradients, state."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array


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

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Give the output, and remember what the backward pass needs."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Give the gradient with respect to the input of the last forward pass."""

    def __call__(self, x: Array) -> Array:
        """Give ``forward(x)``."""
        return self.forward(x)

    def train(self, mode: bool = True) -> Self:
        """Switch to training mode, or with ``mode=False`` to evaluation mode."""
        self.training = mode
        return self

    def eval(self) -> Self:
        """Switch to evaluation mode."""
        return self.train(False)

    def parameters(self) -> dict[str, Array]:
        """Give what is learned, by name. The arrays are live: change them in place to learn."""
        return self._present(self.PARAMETERS)

    def buffers(self) -> dict[str, Array]:
        """Give what is kept but not learned, by name, as live arrays."""
        return self._present(self.BUFFERS)

    def state_dict(self) -> dict[str, Array]:
        """Give copies of all parameters and buffers, under PyTorch's names."""
        return {name: a.copy() for name, a in (self.parameters() | self.buffers()).items()}

    def load_state_dict(self, state: Mapping[str, Array]) -> None:
        """Take parameters and buffers from ``state``; dtypes stay those of the layer.

        Parameters
        ----------
        state : mapping of str to array
            Exactly the names of :meth:`state_dict`, with the same shapes.

        Raises
        ------
        ValueError
            If a name is missing or unexpected, or a shape differs. Nothing is loaded then.
        """
        own = self.parameters() | self.buffers()
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

    def _present(self, names: tuple[str, ...]) -> dict[str, Array]:
        """Give the attributes of these names that are not None."""
        return {name: a for name in names if (a := getattr(self, name)) is not None}

    def _remembered(self) -> Any:
        """Give what the forward pass left behind."""
        if self._memory is None:
            raise ValueError(f"{type(self).__name__}.backward needs a forward pass before it")
        return self._memory


def float_dtype(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Give the dtype of a layer's parameters; refuse what is not floating."""
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise ValueError(f"dtype must be a float type, got {dtype}")
    return dtype
