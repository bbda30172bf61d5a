"""The trainer's layers: the formulas of ``functional``, in place, bound to their arrays once.

Each ``bind_*`` function takes the arrays a layer reads and writes, allocates its scratch, and
returns two functions without arguments, ``forward()`` and ``backward()``. A training step then only
calls them one after the other. Four habits make this fast in NumPy, and none changes a result:

- a mean over the batch is a matrix-vector product with a vector of ``1/N`` (5 to 12 times quicker
  than ``x.mean(0)`` at these sizes);
- every call writes into an array that exists already (``out`` is the last argument);
- a row is first copied down all N rows, since equal shapes are quicker than broadcasting;
- ``backward`` works in place: the array that held the gradient of the output holds the gradient of
  the input afterwards.

Shape legend: N batch, C features of a layer, D features of the layer before.
"""

from collections.abc import Callable

import numpy as np
from numpy import add, exp, greater, maximum, multiply, reciprocal, sqrt, subtract, tanh
from numpy.typing import NDArray

Array = NDArray[np.floating]
Bound = tuple[Callable[[], None], Callable[[], None]]


def bind_linear(
    x_ND: Array,
    weight_DC: Array,
    bias_C: Array | None,
    z_NC: Array,
    grad_NC: Array,
    dx_ND: Array | None,
    dweight_DC: Array,
    dbias_C: Array | None,
) -> Bound:
    """Bind ``z = x W + b`` and its backward pass.

    ``dx_ND`` is None for the first layer, where nobody needs it. A layer that batch normalization
    follows has no bias: the mean would take it away again (Ioffe & Szegedy 2015, section 3.2).
    """
    forward_gemm, weight_gemm = x_ND.dot, x_ND.T.dot
    input_gemm, weight_CD = grad_NC.dot, weight_DC.T
    ones_N, bias_NC = np.ones(len(x_ND), x_ND.dtype), np.empty_like(z_NC)

    def forward() -> None:
        forward_gemm(weight_DC, z_NC)
        if bias_C is not None:
            bias_NC[...] = bias_C
            add(z_NC, bias_NC, z_NC)

    def backward() -> None:
        weight_gemm(grad_NC, dweight_DC)
        if dbias_C is not None:
            ones_N.dot(grad_NC, dbias_C)
        if dx_ND is not None:
            input_gemm(weight_CD, dx_ND)

    return forward, backward


def bind_batch_norm(
    x_NC: Array,
    y_NC: Array,
    grad_NC: Array,
    affine_2C: Array,
    d_affine_2C: Array,
    stats_2C: Array,
    eps: float | Array,
) -> Bound:
    """Bind batch normalization in training mode (Ioffe & Szegedy 2015, Algorithm 1).

    ``affine_2C`` holds gamma and beta. ``stats_2C`` receives the mean and the biased variance of
    the batch. ``d_affine_2C`` receives the gradients of gamma and beta as a **mean** over the
    batch, not a sum: the trainer multiplies all of them by N in one call.
    """
    (gamma_C, beta_C), (dgamma_C, dbeta_C), (mean_C, var_C) = affine_2C, d_affine_2C, stats_2C
    n, dtype = len(x_NC), x_NC.dtype
    avg_N = np.full(n, 1 / n, dtype)
    centred_NC, scale_NC, t_NC = (np.empty_like(x_NC) for _ in range(3))
    inv_std_C, scale_C, k_C = (np.empty_like(gamma_C) for _ in range(3))
    eps_C = np.full_like(gamma_C, eps)
    mean_over_batch = avg_N.dot

    def forward() -> None:
        mean_over_batch(x_NC, mean_C)
        t_NC[...] = mean_C
        subtract(x_NC, t_NC, centred_NC)
        multiply(centred_NC, centred_NC, t_NC)
        mean_over_batch(t_NC, var_C)
        add(var_C, eps_C, inv_std_C)
        sqrt(inv_std_C, inv_std_C)
        reciprocal(inv_std_C, inv_std_C)
        multiply(inv_std_C, gamma_C, scale_C)
        scale_NC[...] = scale_C
        multiply(centred_NC, scale_NC, y_NC)
        t_NC[...] = beta_C
        add(y_NC, t_NC, y_NC)

    # dx = gamma inv_std (dy - mean(dy) - x_hat mean(dy x_hat)) with x_hat = centred inv_std.
    def backward() -> None:
        mean_over_batch(grad_NC, dbeta_C)
        multiply(grad_NC, centred_NC, t_NC)
        mean_over_batch(t_NC, k_C)
        multiply(k_C, inv_std_C, dgamma_C)
        multiply(dgamma_C, inv_std_C, k_C)
        t_NC[...] = k_C
        multiply(centred_NC, t_NC, t_NC)
        subtract(grad_NC, t_NC, grad_NC)
        t_NC[...] = dbeta_C
        subtract(grad_NC, t_NC, grad_NC)
        multiply(grad_NC, scale_NC, grad_NC)

    return forward, backward


def bind_relu(x: Array, y: Array, grad: Array) -> Bound:
    """Bind ``y = max(x, 0)``. The gradient at exactly 0 is 0, as in PyTorch."""
    zeros, passes = np.zeros_like(x), np.empty(x.shape, bool)

    def forward() -> None:
        maximum(x, zeros, out=y)

    def backward() -> None:
        greater(x, zeros, passes)
        multiply(grad, passes, grad)

    return forward, backward


def bind_tanh(x: Array, y: Array, grad: Array) -> Bound:
    """Bind ``y = tanh(x)``; the derivative is ``1 - y^2``."""
    ones, slope = np.ones_like(x), np.empty_like(x)

    def forward() -> None:
        tanh(x, y)

    def backward() -> None:
        multiply(y, y, slope)
        subtract(ones, slope, slope)
        multiply(grad, slope, grad)

    return forward, backward


def bind_sigmoid(x: Array, y: Array, grad: Array) -> Bound:
    """Bind ``y = 1/(1 + exp(-x))``, as ``(1 + tanh(x/2))/2``, which cannot overflow."""
    halves, slope = np.full_like(x, 0.5), np.empty_like(x)

    def forward() -> None:
        multiply(x, halves, y)
        tanh(y, y)
        multiply(y, halves, y)
        add(y, halves, y)

    def backward() -> None:
        multiply(y, y, slope)
        subtract(y, slope, slope)
        multiply(grad, slope, grad)

    return forward, backward


ACTIVATIONS = {"relu": bind_relu, "tanh": bind_tanh, "sigmoid": bind_sigmoid}


def bind_softmax_gradient(logits_NK: Array, target_NK: Array, scale: float) -> Callable[[], None]:
    """Bind the gradient of the mean cross-entropy, ``(softmax(logits) - target) * scale``."""
    top_N1 = np.empty((len(logits_NK), 1), logits_NK.dtype)
    top_N, ones_K = top_N1[:, 0], np.ones(logits_NK.shape[1], logits_NK.dtype)
    scale_0 = np.asarray(scale, logits_NK.dtype)

    def gradient() -> None:
        maximum.reduce(logits_NK, 1, out=top_N)
        subtract(logits_NK, top_N1, logits_NK)
        exp(logits_NK, logits_NK)
        logits_NK.dot(ones_K, top_N)
        np.divide(logits_NK, top_N1, logits_NK)
        subtract(logits_NK, target_NK, logits_NK)
        multiply(logits_NK, scale_0, logits_NK)

    return gradient
