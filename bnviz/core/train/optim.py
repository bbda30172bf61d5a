"""Optimizers over one flat vector of parameters, with PyTorch's formulas.

A step changes the parameters in place and allocates nothing: all layers live in one vector, so a
step costs the same few NumPy calls whatever the depth. Along a leading axis, many networks take
their steps at once: for parameters (R, P), a learning rate (R, 1) gives each its own.

The learning rate ``lr`` is 0 or more. ValueError says what is outside of what is allowed.
"""

from abc import ABC, abstractmethod

import numpy as np

from bnviz.core.array import Array
from bnviz.core.domain import require

Rate = float | Array


class Optimizer(ABC):
    """Hold what all optimizers share; the base of the classes below.

    Attributes
    ----------
    lr : float or array
        Learning rate; may be changed between steps.
    n_steps : int
        Steps done.
    """

    def __init__(self, lr: Rate) -> None:
        fine = np.isfinite(lr) & (np.asarray(lr) >= 0)
        require(bool(np.all(fine)), "lr", "0 or more", lr)
        self.lr = lr
        self.n_steps = 0
        self._work: Array | None = None

    def step(self, p: Array, g: Array) -> None:
        """Move the parameters ``p`` against the gradient ``g``, in place.

        The first step fixes the shape of both and the dtype of ``p``, float32 or float64.
        """
        work = self._work
        if work is None:
            work = self._begin(p)
        if p.shape != work.shape or p.dtype != work.dtype or g.shape != p.shape:
            raise ValueError(
                f"p and g must have the shape {work.shape}, and p the dtype {work.dtype}, as in "
                f"the first step; got {p.dtype} of shape {p.shape} and g of shape {g.shape}"
            )
        self.n_steps += 1
        self._update(p, g, work)

    def _begin(self, p: Array) -> Array:
        """Allocate the state for parameters like ``p``, and give the scratch array."""
        if not isinstance(p, np.ndarray) or p.dtype.kind != "f":
            raise ValueError(f"p must be a NumPy array of floats, got {p!r}")
        self._work = np.empty_like(p)
        self._allocate(p)
        return self._work

    @abstractmethod
    def _allocate(self, p: Array) -> None:
        """Make the arrays that the optimizer keeps between steps."""

    @abstractmethod
    def _update(self, p: Array, g: Array, work: Array) -> None:
        """Do the step; ``work`` is scratch."""


class SGD(Optimizer):
    """Go down the gradient: ``p -= lr * g``.

    Examples
    --------
    >>> p = np.array([1.0, 2.0])
    >>> SGD(lr=0.5).step(p, np.array([2.0, -2.0]))
    >>> p
    array([0., 3.])
    """

    def _allocate(self, p: Array) -> None:
        pass

    def _update(self, p: Array, g: Array, work: Array) -> None:
        np.multiply(g, self.lr, work)
        np.subtract(p, work, p)


class Momentum(Optimizer):
    """Go down a running sum of gradients: ``buffer = momentum * buffer + g; p -= lr * buffer``.

    Parameters
    ----------
    lr : float or array
    momentum : float
        From 0 to below 1. It has nothing to do with the momentum of batch norm.

    Attributes
    ----------
    momentum_buffer : array
        Shaped as the parameters; without values before the first step.

    Notes
    -----
    The formula is PyTorch's ``SGD(momentum=...)``. The first step is that of plain SGD, and a
    gradient that stays the same moves the parameters up to ``1 / (1 - momentum)`` times as far.
    Other texts put the learning rate inside the sum, which differs once the rate changes.

    Examples
    --------
    >>> p, optimizer = np.array([0.0]), Momentum(lr=1.0, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.step(p, np.array([1.0]))
    >>> p  # -1, then another -1.5
    array([-2.5])
    """

    def __init__(self, lr: Rate, momentum: float = 0.9) -> None:
        super().__init__(lr)
        require(0 <= momentum < 1, "momentum", "from 0 to below 1", momentum)
        self.momentum = momentum
        self.momentum_buffer: Array = np.empty(0)

    def _allocate(self, p: Array) -> None:
        self.momentum_buffer = np.zeros_like(p)

    def _update(self, p: Array, g: Array, work: Array) -> None:
        buffer = self.momentum_buffer
        np.multiply(buffer, self.momentum, buffer)
        np.add(buffer, g, buffer)
        np.multiply(buffer, self.lr, work)
        np.subtract(p, work, p)


class Adam(Optimizer):
    """Divide a running mean of the gradient by the root of a running mean of its square.

    Parameters
    ----------
    lr : float or array
        About how far each parameter moves in a step.
    betas : pair of float
        How much of the old running mean stays, for the gradient and for its square; each from 0
        to below 1.
    eps : float
        Added to the root, outside of it, after the bias correction; 0 or more.

    Attributes
    ----------
    exp_avg, exp_avg_sq : array
        The two running means, shaped as the parameters; without values before the first step.

    Notes
    -----
    The step is ``p -= lr * m_hat / (sqrt(v_hat) + eps)`` with ``m_hat = exp_avg / (1 - beta1^t)``
    and ``v_hat = exp_avg_sq / (1 - beta2^t)``. The corrections are numbers, not arrays, so they
    are multiplied into the learning rate and into eps: twelve NumPy calls instead of fourteen.

    The first step moves every parameter by ``lr``, whatever the size of its gradient.

    Source: Kingma & Ba 2015, Algorithm 1; ``torch.optim.Adam``.

    Examples
    --------
    >>> p = np.array([0.0, 0.0])
    >>> Adam(lr=0.1).step(p, np.array([1e-3, -1e3]))
    >>> p.round(4)
    array([-0.1,  0.1])
    """

    def __init__(
        self, lr: Rate = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(lr)
        require(
            len(betas) == 2 and all(0 <= beta < 1 for beta in betas),
            "betas",
            "two numbers from 0 to below 1",
            betas,
        )
        require(0 <= eps < np.inf, "eps", "0 or more", eps)
        self.betas, self.eps = betas, eps
        self.exp_avg: Array = np.empty(0)
        self.exp_avg_sq: Array = np.empty(0)

    def _allocate(self, p: Array) -> None:
        self.exp_avg, self.exp_avg_sq = np.zeros_like(p), np.zeros_like(p)

    def _update(self, p: Array, g: Array, work: Array) -> None:
        m, v, (beta1, beta2) = self.exp_avg, self.exp_avg_sq, self.betas
        np.subtract(g, m, work)
        np.multiply(work, 1 - beta1, work)
        np.add(m, work, m)  # m = beta1 * m + (1 - beta1) * g
        np.multiply(g, g, work)
        np.multiply(work, 1 - beta2, work)
        np.multiply(v, beta2, v)
        np.add(v, work, v)  # v = beta2 * v + (1 - beta2) * g^2
        root = (1 - beta2**self.n_steps) ** 0.5
        np.sqrt(v, work)
        np.add(work, self.eps * root, work)
        np.divide(m, work, work)
        np.multiply(work, self.lr * (root / (1 - beta1**self.n_steps)), work)
        np.subtract(p, work, p)


OPTIMIZERS: dict[str, type[SGD] | type[Momentum] | type[Adam]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adam": Adam,
}


def optimizer(name: str, lr: Rate) -> Optimizer:
    """Return the optimizer of a name in ``OPTIMIZERS``: PyTorch's defaults, and momentum 0.9."""
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {sorted(OPTIMIZERS)}, got {name!r}")
    return OPTIMIZERS[name](lr)
