"""A NumPy class of batch norm as texts have it, and one class for each of its repairs.

Each class has the repairs of all before it. Letters: **N** samples, **C** features or channels,
**M** rows (N times the places of an image).
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MOMENTUM, EPS = 0.1, 1e-5
"""PyTorch's defaults."""


class Published:
    """Batch norm with ``fit`` and ``transform``, in which γ and β stay what they are."""

    new_weight = 1 - MOMENTUM  # momentum as the weight of the old value
    first_var = 0.0
    ddof = 0

    def __init__(self, gamma_C: Array, beta_C: Array) -> None:
        self.gamma, self.beta = gamma_C, beta_C
        self.running_mean: Array = np.zeros(len(gamma_C))
        self.running_var: Array = np.full(len(gamma_C), self.first_var)

    def fit(self, x: Array) -> None:
        """Take the statistics of a batch into the running ones."""
        old, new = 1 - self.new_weight, self.new_weight
        self.running_mean = old * self.running_mean + new * x.mean(axis=0)
        self.running_var = old * self.running_var + new * x.var(axis=0, ddof=self.ddof)

    def transform(self, x: Array) -> Array:
        """Normalize with the running statistics."""
        x_hat = (x - self.running_mean) / np.sqrt(self.running_var + EPS)
        return np.asarray(self.gamma * x_hat + self.beta)


class WeightOfTheNew(Published):
    """Read momentum as PyTorch does."""

    new_weight = MOMENTUM


class StartAtOne(WeightOfTheNew):
    """Let the running variance start at 1."""

    first_var = 1.0


class Unbiased(StartAtOne):
    """Divide the variance that is kept by m - 1."""

    ddof = 1


class Learning(Unbiased):
    """Normalize with the batch in training, and give the gradients."""

    def forward(self, x: Array) -> Array:
        """Normalize with the statistics of the batch, and take them into the running ones."""
        self.fit(x)
        self.inv_std = 1 / np.sqrt(x.var(axis=0) + EPS)
        self.x_hat = (x - x.mean(axis=0)) * self.inv_std
        return np.asarray(self.gamma * self.x_hat + self.beta)

    def backward(self, dy: Array) -> Array:
        """Return ``dx``; keep ``dgamma`` and ``dbeta``."""
        self.dgamma, self.dbeta = (dy * self.x_hat).sum(axis=0), dy.sum(axis=0)
        lost = (self.dbeta + self.x_hat * self.dgamma) / len(dy)
        return np.asarray(self.gamma * self.inv_std * (dy - lost))


class Images(Learning):
    """Take every place of every image as a row: statistics over N, H and W."""

    def fit(self, x: Array) -> None:
        """Take the statistics of a batch into the running ones."""
        super().fit(rows(x))

    def transform(self, x: Array) -> Array:
        """Normalize with the running statistics."""
        return back(super().transform(rows(x)), x.shape)

    def forward(self, x: Array) -> Array:
        """Normalize with the statistics of the batch, and take them into the running ones."""
        return back(super().forward(rows(x)), x.shape)

    def backward(self, dy: Array) -> Array:
        """Return ``dx``; keep ``dgamma`` and ``dbeta``."""
        return back(super().backward(rows(dy)), dy.shape)


def rows(x: Array) -> Array:
    """Return an array (N, C, ...) as rows (M, C).

    Examples
    --------
    >>> rows(np.zeros((2, 3, 4, 5))).shape
    (40, 3)
    """
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def back(y_MC: Array, shape: tuple[int, ...]) -> Array:
    """Return rows (M, C) in the shape (N, C, ...) from which ``rows`` made them."""
    n, channels, *places = shape
    return np.moveaxis(y_MC.reshape(n, *places, channels), -1, 1)


REPAIRS: dict[str, type[Published]] = {
    "as published": Published,
    "PyTorch's momentum": WeightOfTheNew,
    "variance starts at 1": StartAtOne,
    "unbiased variance": Unbiased,
    "a backward pass": Learning,
    "images": Images,
}
"""In the order in which they are made."""
ONE_FAULT: dict[str, type[Published]] = {
    fault: type("OneFault", (Images,), {name: getattr(Published, name)})
    for fault, name in (
        ("momentum for the old", "new_weight"),
        ("variance starts at 0", "first_var"),
        ("biased variance", "ddof"),
    )
}
"""The repaired class with one fault put back."""
FAULTS = tuple(ONE_FAULT)
