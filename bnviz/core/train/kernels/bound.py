"""What every kernel gives and what a normalization takes.

Shape legend: N batch, U units (columns), G chunks of a batch.
"""

from collections.abc import Callable
from typing import NamedTuple

from bnviz.core.array import Array

Bound = tuple[Callable[[], None], Callable[[], None]]


class NormSite(NamedTuple):
    """The arrays that one normalization reads and writes.

    Attributes
    ----------
    x, y : arrays, shape (N, U)
        Input and output.
    grad : array, shape (N, U)
        Before the backward pass the gradient of the output, after it that of the input.
    gamma, beta : arrays, shape (U,)
        ``beta`` is empty where the norm has none.
    dgamma, dbeta : arrays, shape (U,)
        Receive the gradients as a **mean** over the batch, not a sum: the trainer multiplies all
        of them by N in one call.
    mean, var : arrays, shape (U,), or (G, U) for a batch in G chunks
        Receive the mean and the biased variance of the batch, where the norm takes any.
    eps : array, shape (U,)
    """

    x: Array
    y: Array
    grad: Array
    gamma: Array
    beta: Array
    dgamma: Array
    dbeta: Array
    mean: Array
    var: Array
    eps: Array
