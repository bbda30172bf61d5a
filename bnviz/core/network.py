"""What a network is: its description, and its parameters as views into one flat vector.

Shape legend: L hidden layers, C their width, D inputs of a layer, K classes, P parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral, Real
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

ACTIVATIONS = ("relu", "tanh", "sigmoid")
NORMS = ("none", "bn", "mean-only", "std-only", "renorm", "ghost", "ln", "gn", "rms")
OVER_BATCH = ("bn", "mean-only", "std-only", "renorm", "ghost")
"""The norms whose statistics are those of a batch, and running ones in evaluation."""
PLACEMENTS = ("before", "after")
OPTIMIZERS = ("sgd", "momentum", "adam")
DROPOUT_POSITIONS = ("every", "head")
CHOICES = {
    "activation": ACTIVATIONS,
    "norm": NORMS,
    "placement": PLACEMENTS,
    "optimizer": OPTIMIZERS,
    "skip": (False, True),
    "dropout_position": DROPOUT_POSITIONS,
}


LEAST = {
    "n_inputs": 1,
    "width": 1,
    "depth": 1,
    "n_classes": 2,
    "n_groups": 1,
    "ghost_size": 2,
    "dropout_seed": 0,
}


@dataclass(frozen=True, kw_only=True)
class Spec:
    """Describe a multilayer perceptron and how it is trained.

    Parameters
    ----------
    n_inputs, width, depth, n_classes : int
        Features of an example, units of each hidden layer, hidden layers, classes.
    activation : {"relu", "tanh", "sigmoid"}
    norm : one of ``NORMS``
        What normalizes every hidden layer; the logits are never normalized. Batch norm and its two
        halves, ``"mean-only"`` (nothing divides) and ``"std-only"`` (nothing is subtracted); batch
        renorm; ghost batch norm; layer, group and RMS norm. All have gamma and beta, but for RMS
        norm, which has no beta.
    n_groups : int
        Groups of units for ``"gn"``; must divide the width and leave more than one unit in each.
    ghost_size : int
        Examples of a chunk for ``"ghost"``, at least 2; must divide the batch.
    r_max, d_max : float
        Limits of the corrections of ``"renorm"``; from 1 and from 0, infinity allowed. As
        renorm looks at its running statistics, it asks for a ``momentum`` of about 0.01.
    placement : {"before", "after"}
        The norm before the activation (as in the paper) or after it. Before it, the linear layers
        have no bias where the norm subtracts the mean of the batch, which would cancel it.
    momentum : float or None
        PyTorch's: ``running = (1 - momentum) * running + momentum * batch``. None is the
        cumulative average of all batches.
    eps : float
        Added to the variance inside the square root.
    optimizer : {"sgd", "momentum", "adam"}
        ``"momentum"`` is SGD with momentum 0.9, which has nothing to do with the field above.
    lr : float
        Learning rate.
    weight_decay : float
        Adds ``weight_decay * W`` to the gradient of every weight matrix, as in ``torch.optim``.
        Biases, gamma and beta do not decay.

    skip : bool
        Every hidden layer but the first adds what it makes to what it reads: a residual network.
    dropout : float
        Share of units that a step leaves out, from 0 to below 1. Only the trainer drops out; which
        units, ``dropout_masks`` tells.
    dropout_position : {"every", "head"}
        After every hidden layer, so before every norm but the first (with ``skip``, on the branch),
        or only once, before the logits.
    dropout_seed : int

    Raises
    ------
    ValueError
        If a field is outside what is allowed; the message says what was wanted and given.

    Examples
    --------
    >>> Spec(n_inputs=2, width=8, depth=2, n_classes=3).sizes
    (2, 8, 8, 3)
    """

    n_inputs: int
    width: int
    depth: int
    n_classes: int
    activation: str = "relu"
    norm: str = "bn"
    n_groups: int = 4
    ghost_size: int = 8
    r_max: float = 3.0
    d_max: float = 5.0
    placement: str = "before"
    momentum: float | None = 0.1
    eps: float = 1e-5
    optimizer: str = "sgd"
    lr: float = 0.1
    weight_decay: float = 0.0
    skip: bool = False
    dropout: float = 0.0
    dropout_position: str = "every"
    dropout_seed: int = 0

    def __post_init__(self) -> None:
        for name, least in LEAST.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
                raise ValueError(
                    f"{name} must be a whole number of at least {least}, got {value!r}"
                )
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {known}, got {getattr(self, name)!r}")
        for name in ("momentum", "eps", "lr", "weight_decay", "dropout", "r_max", "d_max"):
            value = getattr(self, name)
            if not isinstance(value, Real) and not (name == "momentum" and value is None):
                raise ValueError(f"{name} must be a number, got {value!r}")
        self._check_ranges()

    def _check_ranges(self) -> None:
        if self.momentum is not None and not 0 <= self.momentum <= 1:
            raise ValueError(f"momentum must be None or between 0 and 1, got {self.momentum}")
        for name in ("eps", "lr"):
            value = getattr(self, name)
            if not (value > 0 and np.isfinite(value)):
                raise ValueError(f"{name} must be a positive number, got {value}")
        if not (self.weight_decay >= 0 and np.isfinite(self.weight_decay)):
            raise ValueError(
                f"weight_decay must be a finite number of at least 0, got {self.weight_decay}"
            )
        if not self.r_max >= 1:
            raise ValueError(f"r_max must be at least 1, got {self.r_max}")
        if not self.d_max >= 0:
            raise ValueError(f"d_max must be at least 0, got {self.d_max}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must be between 0 and below 1, got {self.dropout}")
        if self.norm == "gn" and (self.width % self.n_groups or self.width == self.n_groups):
            raise ValueError(
                f"n_groups must divide the width {self.width} and leave more than one unit in "
                f"each group, got {self.n_groups}"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features from the input to the logits."""
        return (self.n_inputs, *(self.width,) * self.depth, self.n_classes)

    @property
    def hidden_bias(self) -> bool:
        """Whether the hidden linear layers have a bias."""
        return not (self.over_batch and self.norm != "std-only" and self.placement == "before")

    @property
    def over_batch(self) -> bool:
        """Whether the norm takes its statistics over the batch, and keeps running ones."""
        return self.norm in OVER_BATCH

    @property
    def group_width(self) -> int:
        """Units that share their statistics, where the norm takes them within an example."""
        return self.width // self.n_groups if self.norm == "gn" else self.width


class Parameters:
    r"""All numbers that an optimizer moves, in one flat vector with a view for each of them.

    One vector makes an optimizer step a handful of NumPy calls, whatever the depth. A leading
    replica axis comes first in every view if ``lead`` is given.

    Parameters
    ----------
    spec : Spec
    dtype : dtype-like
    lead : tuple of int, optional
        Shape in front of every parameter, for example ``(R,)`` for R replicas.

    Attributes
    ----------
    flat : array, shape (P,)
    weights : list of arrays, shape (\*lead, D, C)
        Transposed from PyTorch's ``(C, D)``, so that a layer reads ``x @ W``.
    biases : list of arrays or None, shape (\*lead, C)
        None where a layer has no bias.
    gamma, beta : arrays, shape (L, \*lead, C)
        Empty first axis where the norm has none.
    affine : array, shape (2, L, \*lead, C)
        gamma and beta as one view; RMS norm has gamma only, so the first axis is 1.
    """

    def __init__(self, spec: Spec, dtype: np.dtype | type, lead: tuple[int, ...] = ()) -> None:
        shapes: list[tuple[int, ...]] = []
        for d, c in pairwise(spec.sizes):
            # The first weights of all replicas stand side by side, for one product (replicas.py).
            shapes += [(*lead, d, c) if shapes else (d, *lead, c), (*lead, c)]
        n_norm, n_affine = 0 if spec.norm == "none" else spec.depth, 1 if spec.norm == "rms" else 2
        shapes.append((n_affine, n_norm, *lead, spec.width))
        keep = [True, spec.hidden_bias] * spec.depth + [True, True, True]
        ends = np.cumsum([np.prod(s, dtype=int) * k for s, k in zip(shapes, keep, strict=True)])
        self.flat: Array = np.zeros(ends[-1], dtype)
        views = [
            self.flat[end - np.prod(s, dtype=int) : end].reshape(s) if k else None
            for s, end, k in zip(shapes, ends, keep, strict=True)
        ]
        self.weights = [view for view in views[:-1:2] if view is not None]
        self.weights[0] = np.moveaxis(self.weights[0], 0, -2)
        self.biases = views[1:-1:2]
        last = views[-1]
        assert last is not None
        self.affine: Array = last
        self.gamma, self.beta = last[0], last[1] if n_affine == 2 else last[0, :0]

    @classmethod
    def start(
        cls,
        spec: Spec,
        weights: Sequence[Array],
        dtype: np.dtype | type,
        lead: tuple[int, ...] = (),
    ) -> Self:
        """Return the parameters at the start: the given weights, gamma 1, beta and biases 0."""
        new = cls(spec, dtype, lead)
        wanted = [w.shape for w in new.weights]
        given = [np.shape(w) for w in weights]
        if wanted != given:
            raise ValueError(f"weights must have the shapes {wanted}, got {given}")
        for view, values in zip(new.weights, weights, strict=True):
            view[...] = values
        new.gamma[...] = 1
        return new

    @classmethod
    def spread(
        cls,
        spec: Spec,
        value: float | Array,
        dtype: np.dtype | type,
        lead: tuple[int, ...] = (),
        *,
        weights_only: bool = False,
    ) -> Self:
        """Return a number for each parameter: the ``value``, shape ``lead``, of its network.

        With ``weights_only`` it is 0 for biases, gamma and beta.
        """
        new, value = cls(spec, dtype, lead), np.asarray(value)
        for weight in new.weights:
            weight[...] = value[..., None, None]
        if not weights_only:
            for vector in (new.affine, *(bias for bias in new.biases if bias is not None)):
                vector[...] = value[..., None]
        return new
