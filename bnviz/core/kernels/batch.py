"""Normalization over the batch: batch norm, its two halves, and what is built on it.

Shape legend: N batch, C columns, G chunks of a batch.
"""

import numpy as np
from numpy import add, multiply, reciprocal, sqrt, subtract

from bnviz.core.kernels.bound import Bound, NormSite


def bind_batch_norm(site: NormSite, *, subtracts: bool = True, divides: bool = True) -> Bound:
    """Bind batch normalization in training mode (Ioffe & Szegedy 2015, Algorithm 1).

    ``subtracts=False`` leaves the mean in, ``divides=False`` does not divide by the standard
    deviation. The statistics are those of batch norm in any case.
    """
    x_NC, y_NC, grad_NC, gamma_C, beta_C, dgamma_C, dbeta_C, mean_C, var_C, eps_C = site
    avg_N = np.full(len(x_NC), 1 / len(x_NC), x_NC.dtype)
    centred_NC, scale_NC, t_NC = (np.empty_like(x_NC) for _ in range(3))
    inv_std_C, scale_C, k_C = np.ones_like(gamma_C), np.empty_like(gamma_C), np.empty_like(gamma_C)
    source_NC = centred_NC if subtracts else x_NC  # what gamma and the deviation scale
    mean_over_batch = avg_N.dot

    def forward() -> None:
        mean_over_batch(x_NC, mean_C)
        t_NC[...] = mean_C
        subtract(x_NC, t_NC, centred_NC)
        multiply(centred_NC, centred_NC, t_NC)
        mean_over_batch(t_NC, var_C)
        if divides:
            add(var_C, eps_C, inv_std_C)
            sqrt(inv_std_C, inv_std_C)
            reciprocal(inv_std_C, inv_std_C)
        multiply(inv_std_C, gamma_C, scale_C)
        scale_NC[...] = scale_C
        multiply(source_NC, scale_NC, y_NC)
        t_NC[...] = beta_C
        add(y_NC, t_NC, y_NC)

    # With s = centred or x, whichever is scaled, and s_hat = s inv_std:
    # dx = gamma inv_std (dy - mean(dy) - centred inv_std mean(dy s_hat)).
    # The second term is there if the mean is subtracted, the third if the deviation divides.
    def backward() -> None:
        mean_over_batch(grad_NC, dbeta_C)
        multiply(grad_NC, source_NC, t_NC)
        mean_over_batch(t_NC, k_C)
        multiply(k_C, inv_std_C, dgamma_C)
        if divides:
            multiply(dgamma_C, inv_std_C, k_C)
            t_NC[...] = k_C
            multiply(centred_NC, t_NC, t_NC)
            subtract(grad_NC, t_NC, grad_NC)
        if subtracts:
            t_NC[...] = dbeta_C
            subtract(grad_NC, t_NC, grad_NC)
        multiply(grad_NC, scale_NC, grad_NC)

    return forward, backward
