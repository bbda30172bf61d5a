"""The description of a network and of its training."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np

ACTIVATIONS = ("relu", "tanh", "sigmoid")
NORMS = ("none", "bn", "mean-only", "std-only", "renorm", "ghost", "ln", "gn", "rms")
OVER_BATCH = ("bn", "mean-only", "std-only", "renorm", "ghost")
"""The norms whose statistics are those of a batch, and running ones in evaluation."""
PLACEMENTS = ("before", "after")
OPTIMIZERS = ("sgd", "momentum", "adam")
DROPOUT_POSITIONS = ("every", "head")
WEIGHT_NORMS = ("none", "weight", "spectral")
CHOICES = {
    "activation": ACTIVATIONS,
    "norm": NORMS,
    "placement": PLACEMENTS,
    "optimizer": OPTIMIZERS,
    "skip": (False, True),
    "dropout_position": DROPOUT_POSITIONS,
    "weight_norm": WEIGHT_NORMS,
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
        Biases, gamma, beta and lengths do not decay.

    weight_norm : {"none", "weight", "spectral"}
        What the weights of the hidden layers go through before they are used: weight normalization
        (a length for each unit is learned apart), or spectral normalization (one step of the power
        iteration for each step of training). The logits keep their plain weights.
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
    weight_norm: str = "none"
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
        """Return the features from the input to the logits."""
        return (self.n_inputs, *(self.width,) * self.depth, self.n_classes)

    @property
    def hidden_bias(self) -> bool:
        """Return whether the hidden linear layers have a bias."""
        return not (self.over_batch and self.norm != "std-only" and self.placement == "before")

    @property
    def over_batch(self) -> bool:
        """Return whether the norm takes its statistics over the batch, and keeps running ones."""
        return self.norm in OVER_BATCH

    @property
    def group_width(self) -> int:
        """Return how many units share statistics, where the norm takes them within an example."""
        return self.width // self.n_groups if self.norm == "gn" else self.width
