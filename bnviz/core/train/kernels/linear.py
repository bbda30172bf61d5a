"""The linear layer, and the loss that ends the network.

Shape legend: N batch, C features of a layer, D features of the layer before, K classes.
"""

from collections.abc import Callable

import numpy as np
from numpy import add, divide, exp, maximum, multiply, subtract

from bnviz.core.array import Array
from bnviz.core.train.kernels.bound import Bound


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


def bind_softmax_gradient(
    logits: Array, target: Array, scale: Array, *, axis: int = -1
) -> Callable[[], None]:
    """Bind the gradient of the mean cross-entropy, ``(softmax(logits) - target) * scale``.

    It overwrites the logits. The classes lie along ``axis``, the last or the first.
    """
    top = np.empty_like(logits.max(axis, keepdims=True))
    row, ones_K = top.squeeze(axis), np.ones(logits.shape[axis], logits.dtype)

    def gradient() -> None:
        maximum.reduce(logits, axis, out=row)
        subtract(logits, top, logits)
        exp(logits, logits)
        if axis == 0:
            add.reduce(logits, 0, out=row)
        else:
            logits.dot(ones_K, row)
        divide(logits, top, logits)
        subtract(logits, target, logits)
        multiply(logits, scale, logits)

    return gradient
