"""Normalization within a row: layer, group and RMS norm, which never look at another example.

Shape legend: N batch, U units, S values that share their statistics, M = N * U / S such groups.
"""

import numpy as np
from numpy import add, multiply, reciprocal, sqrt, subtract

from bnviz.core.train.kernels.bound import Bound, NormSite


def bind_row_norm(site: NormSite, n_values: int, *, subtracts: bool = True) -> Bound:
    """Bind layer norm, or group norm, or (without subtracting the mean) RMS norm.

    Each ``n_values`` units side by side share a mean and a variance: all units of a network for
    layer norm (Ba et al. 2016), those of a group for group norm (Wu & He 2018). Without the mean
    the mean square takes the place of the variance (Zhang & Sennrich 2019).
    """
    x_NU, y_NU, grad_NU, gamma_U, beta_U, dgamma_U, dbeta_U, _, _, eps_U = site
    x_hat_NU, gamma_NU, t_NU = (np.empty_like(x_NU) for _ in range(3))
    x_MS, x_hat_MS, t_MS, grad_MS = (
        a.reshape(-1, n_values) for a in (x_NU, x_hat_NU, t_NU, grad_NU)
    )
    avg_N, avg_S = (np.full(size, 1 / size, x_NU.dtype) for size in (len(x_NU), n_values))
    eps_M = np.broadcast_to(eps_U, x_NU.shape).reshape(-1, n_values)[:, 0].copy()
    mean_M1, inv_std_M1, k_M1 = (np.empty((len(x_MS), 1), x_NU.dtype) for _ in range(3))
    mean_M, inv_std_M, k_M = mean_M1[:, 0], inv_std_M1[:, 0], k_M1[:, 0]
    has_beta = beta_U.size > 0
    centred_MS = x_hat_MS if subtracts else x_MS

    def forward() -> None:
        if subtracts:
            x_MS.dot(avg_S, mean_M)
            subtract(x_MS, mean_M1, centred_MS)
        multiply(centred_MS, centred_MS, t_MS)
        t_MS.dot(avg_S, inv_std_M)
        add(inv_std_M, eps_M, inv_std_M)
        sqrt(inv_std_M, inv_std_M)
        reciprocal(inv_std_M, inv_std_M)
        multiply(centred_MS, inv_std_M1, x_hat_MS)
        gamma_NU[...] = gamma_U
        multiply(x_hat_NU, gamma_NU, y_NU)
        if has_beta:
            t_NU[...] = beta_U
            add(y_NU, t_NU, y_NU)

    # dx = inv_std (dx_hat - mean(dx_hat) - x_hat mean(dx_hat x_hat)) with dx_hat = gamma dy, the
    # means over a row: gamma differs along it, so it comes first.
    def backward() -> None:
        if has_beta:
            avg_N.dot(grad_NU, dbeta_U)
        multiply(grad_NU, x_hat_NU, t_NU)
        avg_N.dot(t_NU, dgamma_U)
        multiply(grad_NU, gamma_NU, grad_NU)
        multiply(grad_NU, x_hat_NU, t_NU)
        t_MS.dot(avg_S, k_M)
        if subtracts:
            grad_MS.dot(avg_S, mean_M)
            subtract(grad_MS, mean_M1, grad_MS)
        multiply(x_hat_MS, k_M1, t_MS)
        subtract(grad_NU, t_NU, grad_NU)
        multiply(grad_MS, inv_std_M1, grad_MS)

    return forward, backward
