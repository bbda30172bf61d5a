"""The loss that classifiers train on.

Letters: **N** examples, **K** classes.
"""

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional.sums import floating


def cross_entropy(logits_NK: Array, labels_N: npt.NDArray[np.integer]) -> tuple[float, Array]:
    """Return the mean cross-entropy of the softmax of logits, and its gradient.

    Parameters
    ----------
    logits_NK : array, shape (N, K)
        Any real numbers, one for each class; only their differences count. Never modified.
    labels_N : array of int, shape (N,)
        The right class of each example, from 0 to K - 1.

    Returns
    -------
    loss : float
        Mean over the examples, in nats. Guessing evenly costs ``log(K)``.
    dlogits_NK : array
        Gradient of that mean: ``(softmax - one_hot) / N``, in the dtype of the logits.

    Notes
    -----
    The largest logit of each row is subtracted first. This changes nothing but keeps the
    exponential from overflowing. NaN or infinity in the logits makes the loss NaN.

    The gradient is that of the *mean*, as in ``torch.nn.functional.cross_entropy``: it already
    contains the 1 / N.

    Examples
    --------
    >>> loss, dlogits_NK = cross_entropy(np.array([[0.0, 0.0], [0.0, 1000.0]]), np.array([0, 1]))
    >>> round(loss, 6)  # half of log(2)
    0.346574
    >>> dlogits_NK
    array([[-0.25,  0.25],
           [ 0.  ,  0.  ]])
    """
    loss, softmax_NK, total_N1 = _loss(logits_NK, labels_N)
    softmax_NK /= total_N1
    softmax_NK[np.arange(len(labels_N)), labels_N] -= 1
    softmax_NK /= len(labels_N)
    return loss, softmax_NK


def cross_entropy_alone(logits_NK: Array, labels_N: npt.NDArray[np.integer]) -> float:
    """Return the loss of ``cross_entropy``, the same bytes, without its gradient.

    Examples
    --------
    >>> round(cross_entropy_alone(np.zeros((5, 10)), np.arange(5)), 6)  # log(10)
    2.302585
    """
    return _loss(logits_NK, labels_N)[0]


def _loss(logits_NK: Array, labels_N: npt.NDArray[np.integer]) -> tuple[float, Array, Array]:
    """Return the loss, the exponentials of the shifted logits, and their sums, shape (N, 1)."""
    logits_NK = floating(logits_NK, "logits")
    _check(logits_NK.shape, labels_N)
    shifted_NK = logits_NK - logits_NK.max(axis=1, keepdims=True)
    exp_NK = np.exp(shifted_NK)
    total_N1 = exp_NK.sum(axis=1, keepdims=True)
    right_N = shifted_NK[np.arange(len(labels_N)), labels_N]
    return float((np.log(total_N1[:, 0]) - right_N).mean()), exp_NK, total_N1


def softmax(logits_NK: Array) -> Array:
    """Return the probability of each class, shape (N, K): positive, with a sum of 1 in each row.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]]))
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    powers_NK = np.exp(logits_NK - logits_NK.max(axis=1, keepdims=True))
    return np.asarray(powers_NK / powers_NK.sum(axis=1, keepdims=True))


def _check(shape: tuple[int, ...], labels_N: npt.NDArray[np.integer]) -> None:
    """Refuse labels that do not name a class for each example."""
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"logits must have the shape (N, K) and hold an example, got {shape}")
    n, n_classes = shape
    if np.shape(labels_N) != (n,) or np.asarray(labels_N).dtype.kind not in "iu":
        raise ValueError(
            f"labels must be {n} whole numbers, one for each example, got "
            f"{np.asarray(labels_N).dtype} of shape {np.shape(labels_N)}"
        )
    if np.min(labels_N) < 0 or np.max(labels_N) >= n_classes:
        raise ValueError(
            f"labels must be from 0 to {n_classes - 1}, got {np.min(labels_N)} to "
            f"{np.max(labels_N)}"
        )
