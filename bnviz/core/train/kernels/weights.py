"""What the learned weights go through before a layer uses them.

Shape legend: R leading axes of replicas, or none, D inputs of a layer, C units. A pair of arrays is
always a value and its gradient.
"""

import numpy as np
from numpy import add, divide, matmul, multiply, sqrt, subtract

from bnviz.core.array import Array
from bnviz.core.train.kernels.bound import Bound
from bnviz.core.weights.spectral import SMALLEST_NORM

Pair = tuple[Array, Array]


def bind_weight_norm(direction: Pair, length: Pair, used: Pair) -> Bound:
    """Bind ``w = g v / |v|`` for each column (Salimans & Kingma 2016, equations 2 and 3).

    ``direction`` and ``used`` are (R, D, C), ``length`` is (R, C).
    """
    (v_RDC, dv_RDC), (g_RC, dg_RC), (w_RDC, dw_RDC) = direction, length, used
    norm_RC, scale_RC, k_RC = (np.empty_like(g_RC) for _ in range(3))
    scale_R1C, k_R1C = scale_RC[..., None, :], k_RC[..., None, :]
    t_RDC = np.empty_like(v_RDC)

    def forward() -> None:
        multiply(v_RDC, v_RDC, t_RDC)
        add.reduce(t_RDC, -2, out=norm_RC)
        sqrt(norm_RC, norm_RC)
        divide(g_RC, norm_RC, scale_RC)
        multiply(v_RDC, scale_R1C, w_RDC)

    # dg = <dw, v> / |v|, dv = g / |v| (dw - v dg / |v|).
    def backward() -> None:
        multiply(dw_RDC, v_RDC, t_RDC)
        add.reduce(t_RDC, -2, out=dg_RC)
        divide(dg_RC, norm_RC, dg_RC)
        divide(dg_RC, norm_RC, k_RC)
        multiply(v_RDC, k_R1C, t_RDC)
        subtract(dw_RDC, t_RDC, dv_RDC)
        multiply(dv_RDC, scale_R1C, dv_RDC)

    return forward, backward


def bind_spectral_norm(learned: Pair, singular: Pair, used: Pair) -> Bound:
    """Bind ``w = W / sigma`` with one step of the power iteration (Miyato et al. 2018).

    ``learned`` and ``used`` are (R, D, C); ``singular`` is u, (R, C), and v, (R, D), which every
    forward pass refines in place. They are constants to the gradient.
    """
    (raw_RDC, draw_RDC), (u_RC, v_RD), (w_RDC, dw_RDC) = learned, singular, used
    u_R1C, v_R1D, v_RD1 = u_RC[..., None, :], v_RD[..., None, :], v_RD[..., None]
    t_RDC, row_R1C = np.empty_like(raw_RDC), np.empty_like(u_R1C)
    raw_RCD = raw_RDC.swapaxes(-1, -2)
    sigma_R11 = np.empty((*u_R1C.shape[:-1], 1), u_RC.dtype)

    def forward() -> None:
        matmul(v_R1D, raw_RDC, u_R1C)
        _to_length_one(u_R1C)
        matmul(u_R1C, raw_RCD, v_R1D)
        _to_length_one(v_R1D)
        matmul(v_R1D, raw_RDC, row_R1C)
        matmul(row_R1C, u_RC[..., None], sigma_R11)
        divide(raw_RDC, sigma_R11, w_RDC)

    # dW = (dw - <dw, w> v u^T) / sigma.
    def backward() -> None:
        multiply(dw_RDC, w_RDC, t_RDC)
        along = t_RDC.sum((-2, -1), keepdims=True)
        multiply(v_RD1, u_R1C, t_RDC)
        multiply(t_RDC, along, t_RDC)
        subtract(dw_RDC, t_RDC, draw_RDC)
        divide(draw_RDC, sigma_R11, draw_RDC)

    return forward, backward


def _to_length_one(row: Array) -> None:
    length = np.sqrt((row * row).sum(-1, keepdims=True))
    divide(row, np.maximum(length, SMALLEST_NORM), row)
