"""Normalization over the batch: batch norm, its two halves, and what is built on it.

Shape legend: N batch, C columns, G chunks of a batch.
"""

import numpy as np
from numpy import add, maximum, minimum, multiply, reciprocal, sqrt, subtract

from bnviz.core.array import Array
from bnviz.core.train.kernels.bound import Bound, NormSite


class Correction:
    """Move what batch norm gives towards what evaluation would give (Ioffe 2017, Algorithm 1).

    ``y = gamma (x_hat r + d) + beta``, where r and d compare the batch with the running statistics
    and stay within limits. They are constants to the gradient.

    Attributes
    ----------
    r, d : arrays, shape (C,)
    shift : array, shape (C,)
        ``gamma d + beta``.
    """

    def __init__(
        self, site: NormSite, running: tuple[Array, Array], r_max: float, d_max: float
    ) -> None:
        self._site, self._running, self._r_max, self._d_max = site, running, r_max, d_max
        self.r, self.d, self.shift = (np.empty_like(site.gamma) for _ in range(3))

    def apply(self, inv_std_C: Array, scale_C: Array) -> None:
        """Find r and d, and multiply the scale by r."""
        site, (running_mean_C, running_var_C), d_C = self._site, self._running, self.d
        inv_running_C = 1 / np.sqrt(running_var_C + site.eps)
        np.divide(inv_running_C, inv_std_C, self.r)
        minimum(self.r, self._r_max, out=self.r)
        maximum(self.r, 1 / self._r_max, out=self.r)
        subtract(site.mean, running_mean_C, d_C)
        multiply(d_C, inv_running_C, d_C)
        minimum(d_C, self._d_max, out=d_C)
        maximum(d_C, -self._d_max, out=d_C)
        multiply(scale_C, self.r, scale_C)
        multiply(site.gamma, d_C, self.shift)
        add(self.shift, site.beta, self.shift)


def bind_batch_norm(
    site: NormSite,
    *,
    subtracts: bool = True,
    divides: bool = True,
    correction: Correction | None = None,
) -> Bound:
    """Bind batch normalization in training mode (Ioffe & Szegedy 2015, Algorithm 1).

    ``subtracts=False`` leaves the mean in, ``divides=False`` does not divide by the standard
    deviation. The statistics are those of batch norm in any case. Where the site holds statistics
    of G chunks, each chunk is a batch of its own, and the gradients of gamma and beta are (G, C).
    """
    x_NC, y_NC, grad_NC, gamma_C, beta_C, dgamma_C, dbeta_C, mean_C, var_C, eps_C = site
    centred_NC, scale_NC, t_NC = (np.empty_like(x_NC) for _ in range(3))
    inv_std_C, scale_C, k_C = np.ones_like(mean_C), np.empty_like(mean_C), np.empty_like(mean_C)
    source_NC = centred_NC if subtracts else x_NC  # what gamma and the deviation scale
    shift_C = beta_C if correction is None else correction.shift
    mean_over_batch = _average(len(x_NC), mean_C).dot
    # The same memory, so that each row below goes to all examples of its batch.
    t_rows, scale_rows = (_by_batch(array, mean_C) for array in (t_NC, scale_NC))
    mean_row, scale_row, k_row, dbeta_row = (
        _to_batch(stat) for stat in (mean_C, scale_C, k_C, dbeta_C)
    )

    def forward() -> None:
        mean_over_batch(x_NC, mean_C)
        t_rows[...] = mean_row
        subtract(x_NC, t_NC, centred_NC)
        multiply(centred_NC, centred_NC, t_NC)
        mean_over_batch(t_NC, var_C)
        if divides:
            add(var_C, eps_C, inv_std_C)
            sqrt(inv_std_C, inv_std_C)
            reciprocal(inv_std_C, inv_std_C)
        multiply(inv_std_C, gamma_C, scale_C)
        if correction is not None:
            correction.apply(inv_std_C, scale_C)
        scale_rows[...] = scale_row
        multiply(source_NC, scale_NC, y_NC)
        t_NC[...] = shift_C
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
            t_rows[...] = k_row
            multiply(centred_NC, t_NC, t_NC)
            subtract(grad_NC, t_NC, grad_NC)
        if subtracts:
            t_rows[...] = dbeta_row
            subtract(grad_NC, t_NC, grad_NC)
        multiply(grad_NC, scale_NC, grad_NC)

    return forward, backward


def bind_renorm(site: NormSite, running: tuple[Array, Array], r_max: float, d_max: float) -> Bound:
    """Bind batch renormalization in training mode; ``running`` holds mean and variance, (C,) each.

    They are read in the forward pass, before the batch moves them.
    """
    correction = Correction(site, running, r_max, d_max)
    forward, batch_norm_backward = bind_batch_norm(site, correction=correction)
    dgamma_C, dbeta_C, t_C = site.dgamma, site.dbeta, np.empty_like(site.gamma)

    def backward() -> None:
        batch_norm_backward()
        multiply(dgamma_C, correction.r, dgamma_C)
        multiply(dbeta_C, correction.d, t_C)
        add(dgamma_C, t_C, dgamma_C)

    return forward, backward


def bind_ghost(site: NormSite) -> Bound:
    """Bind ghost batch normalization: batch norm of each chunk (Hoffer et al. 2017, Algorithm 1).

    The site holds the statistics of all chunks, (G, C).
    """
    dgamma_GC, dbeta_GC = np.empty_like(site.mean), np.empty_like(site.mean)
    avg_G = np.full(len(site.mean), 1 / len(site.mean), site.mean.dtype)
    forward, chunks_backward = bind_batch_norm(site._replace(dgamma=dgamma_GC, dbeta=dbeta_GC))

    def backward() -> None:
        chunks_backward()
        avg_G.dot(dgamma_GC, site.dgamma)
        avg_G.dot(dbeta_GC, site.dbeta)

    return forward, backward


def _average(n: int, stat: Array) -> Array:
    """Return what a (N, C) array is multiplied by to give means, of the shape of ``stat``."""
    if stat.ndim == 1:
        return np.full(n, 1 / n, stat.dtype)
    n_chunks = len(stat)
    return np.kron(np.eye(n_chunks), np.full(n // n_chunks, n_chunks / n)).astype(stat.dtype)


def _by_batch(array_NC: Array, stat: Array) -> Array:
    """View (N, C) as (G, N / G, C) where there are statistics of chunks."""
    return array_NC if stat.ndim == 1 else array_NC.reshape(len(stat), -1, stat.shape[1])


def _to_batch(stat: Array) -> Array:
    """View statistics so that they go to all examples of a chunk."""
    return stat if stat.ndim == 1 else stat[:, None]
