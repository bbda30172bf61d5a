"""The linear layer, and the loss that ends the network.

Shape legend: N batch, C features of a layer, D features of the layer before, K classes.
"""

from collections.abc import Callable

import numpy as np
from numpy import add, exp, maximum, multiply, subtract

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
