"""Batch normalization, whole: forward, backward, running statistics and evaluation.

Read this first. It is plain batch norm over a batch of N examples with C features.
``functional.batch_norm`` computes the same for images too, checks what it is given, and may leave
out gamma and beta; tests hold both to PyTorch. "Alg. 1" is that of Ioffe & Szegedy 2015.

Letters: **N** examples, **C** features; ``x_NC`` has the shape (N, C), ``mean_C`` the shape (C,).
``d`` + name is the gradient of the loss L with respect to that name: ``dx_NC`` is dL / dx_NC.

Examples
--------
Four examples with one feature, by hand. The mean is 2, the variance 4, the deviation 2:

>>> x_NC = np.array([[0.0], [0.0], [4.0], [4.0]])
>>> gamma_C, beta_C = np.array([10.0]), np.array([1.0])
>>> y_NC, done = forward(x_NC, gamma_C, beta_C, eps=0.0)
>>> done.x_hat_NC.ravel(), y_NC.ravel()
(array([-1., -1.,  1.,  1.]), array([-9., -9., 11., 11.]))

The loss depends on the first y alone. Yet the gradient reaches the second x too: it shares mean and
variance with the first. It sums to 0.

>>> dx_NC, dgamma_C, dbeta_C = backward(np.array([[1.0], [0.0], [0.0], [0.0]]), done)
>>> dx_NC.ravel(), dgamma_C, dbeta_C
(array([ 2.5, -2.5,  0. ,  0. ]), array([-1.]), array([1.]))

The running statistics start at 0 and 1. They go three quarters of the way to the batch's mean 2 and
unbiased variance 16 / 3. Evaluation then normalizes one example alone:

>>> running = update_running(np.array([0.0]), np.array([1.0]), done, momentum=0.75)
>>> running
(array([1.5]), array([4.25]))
>>> evaluate(np.array([[1.5]]), gamma_C, beta_C, *running, eps=0.0)
array([[1.]])
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array


class Forward(NamedTuple):
    """The values that the backward pass and the running statistics need."""

    x_hat_NC: Array
    gamma_C: Array
    inv_std_C: Array
    mean_C: Array
    var_C: Array


def forward(x_NC: Array, gamma_C: Array, beta_C: Array, eps: float) -> tuple[Array, Forward]:
    """Return y, normalized with the statistics of this batch, and what ``backward`` needs."""
    mean_C = x_NC.mean(axis=0)  # Alg. 1, line 1
    centred_NC = x_NC - mean_C
    var_C = (centred_NC**2).mean(axis=0)  # Alg. 1, line 2: divided by N, the biased variance
    inv_std_C = 1 / np.sqrt(var_C + eps)
    x_hat_NC = centred_NC * inv_std_C  # Alg. 1, line 3
    y_NC = gamma_C * x_hat_NC + beta_C  # Alg. 1, line 4
    return y_NC, Forward(x_hat_NC, gamma_C, inv_std_C, mean_C, var_C)


def backward(dy_NC: Array, done: Forward) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta, given dy."""
    # The paper (section 3) applies the chain rule, in six equations. Sums run over the examples i
    # of one feature, s is sqrt(var + eps), so inv_std = 1 / s:
    #   (1)  dx_hat_i = dy_i gamma
    #   (2)  dvar     = sum(dx_hat_i (x_i - mean)) (-1/2) / s^3
    #   (3)  dmean    = -sum(dx_hat_i) / s + dvar sum(-2 (x_i - mean)) / N
    #   (4)  dx_i     = dx_hat_i / s + dvar 2 (x_i - mean) / N + dmean / N
    #   (5)  dgamma   = sum(dy_i x_hat_i)
    #   (6)  dbeta    = sum(dy_i)
    # In (3) the second sum is 0, as deviations from the mean always add up to 0. In (2) and (4)
    # put (x_i - mean) = x_hat_i s:
    #        dvar  = -sum(dx_hat_i x_hat_i) / (2 s^2)
    #        dmean = -sum(dx_hat_i) / s
    # and both into (4), where sum / N is a mean:
    #   (7)  dx_i = (dx_hat_i - mean(dx_hat) - x_hat_i mean(dx_hat x_hat)) / s
    # So dx is dx_hat / s without two parts: what all examples share, and what grows along x_hat.
    dbeta_C = dy_NC.sum(axis=0)  # (6)
    dgamma_C = (dy_NC * done.x_hat_NC).sum(axis=0)  # (5)
    dx_hat_NC = dy_NC * done.gamma_C  # (1)
    shared_C = dx_hat_NC.mean(axis=0)
    along_C = (dx_hat_NC * done.x_hat_NC).mean(axis=0)
    dx_NC = (dx_hat_NC - shared_C - done.x_hat_NC * along_C) * done.inv_std_C  # (7)
    return dx_NC, dgamma_C, dbeta_C


def update_running(
    running_mean_C: Array, running_var_C: Array, done: Forward, momentum: float
) -> tuple[Array, Array]:
    """Return running mean and variance after one more batch of at least two examples."""
    # Momentum is PyTorch's: the weight of the new batch. The paper averages over many batches
    # instead, at the end of training (Alg. 2, line 10). The variance is the unbiased one there,
    # here and in PyTorch: N / (N - 1) times that of Alg. 1.
    n = len(done.x_hat_NC)
    unbiased_var_C = done.var_C * n / (n - 1)
    mean_C = (1 - momentum) * running_mean_C + momentum * done.mean_C
    var_C = (1 - momentum) * running_var_C + momentum * unbiased_var_C
    return mean_C, var_C


def evaluate(
    x_NC: Array, gamma_C: Array, beta_C: Array, mean_C: Array, var_C: Array, eps: float
) -> Array:
    """Return y, normalized with the running statistics: each example by itself."""
    # Alg. 2, line 11, is the same with both factors multiplied out beforehand.
    x_hat_NC = (x_NC - mean_C) / np.sqrt(var_C + eps)
    return gamma_C * x_hat_NC + beta_C
