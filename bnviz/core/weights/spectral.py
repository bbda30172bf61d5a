"""Spectral normalization: a weight that stretches no input by more than 1."""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.checks import check_writeable
from bnviz.core.weights.rows import as_rows, incoming_rows

SMALLEST_NORM = 1e-12  # below it a vector has no direction; PyTorch's number


class SpectralNormCache(NamedTuple):
    """What :func:`spectral_norm_backward` has to know about the forward pass."""

    w_normed_OI: Array
    sigma: float  # the estimate by which the weight was divided
    u_O: Array
    v_I: Array
    shape: tuple[int, ...]


def spectral_norm(
    w: Array, u: Array, v: Array, *, training: bool = True
) -> tuple[Array, SpectralNormCache]:
    """Divide a weight by an estimate of its largest singular value.

    Parameters
    ----------
    w : array, shape (O, ...)
        Read as a matrix (O, I). Never modified.
    u : array, shape (O,)
        Left singular vector, as far as it is known; of length 1. **Updated in place** in training.
    v : array, shape (I,)
        The right one, likewise. :func:`spectral_start` makes both.
    training : bool
        True refines u and v by one step of the power iteration before they are used.

    Raises
    ------
    ValueError
        If ``w`` is empty, or is 0 as far as u and v can see.

    Notes
    -----
    ::

        u = W v / |W v|      v = W^T u / |W^T u|      sigma = u^T W v      w_normed = W / sigma

    One step for each step of training is enough, since W moves slowly; the estimate is never above
    the true value. Before batch norm it does nothing: batch norm undoes any scale.

    NaN in the weight makes all of it NaN, as in a network that diverged.

    Order as in PyTorch's parametrization; the paper refines v first.

    Source: Miyato et al. 2018, Algorithm 1.

    Examples
    --------
    >>> w_OI, u, v = np.diag([4.0, 1.0]), np.array([0.6, 0.8]), np.array([0.6, 0.8])
    >>> for _ in range(20):
    ...     w_normed_OI, cache = spectral_norm(w_OI, u, v)
    >>> w_normed_OI.round(6)
    array([[1.  , 0.  ],
           [0.  , 0.25]])
    """
    w_OI = as_rows(w, "w")
    for name, a, size in (("u", u, w_OI.shape[0]), ("v", v, w_OI.shape[1])):
        if not (isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.shape == (size,)):
            raise ValueError(
                f"{name} must be a NumPy array of floats of the shape {(size,)}, "
                f"got {type(a).__name__} of {np.shape(a)}"
            )
    if training:
        check_writeable("u", u)
        check_writeable("v", v)
        u[...] = _unit(w_OI @ v)
        v[...] = _unit(w_OI.T @ u)
    u_O, v_I = u.astype(w_OI.dtype), v.astype(w_OI.dtype)
    sigma = float(u_O @ w_OI @ v_I)
    if sigma == 0:
        raise ValueError(
            "w must not be 0: its spectral norm is 0, and nothing can be divided by it"
        )
    shape = np.shape(w)
    w_normed_OI = w_OI / sigma
    cache = SpectralNormCache(w_normed_OI, sigma, u_O, v_I, shape)
    return w_normed_OI.reshape(shape).copy(), cache


def spectral_norm_backward(dw_normed: Array, cache: SpectralNormCache) -> Array:
    """Return the gradient of the loss with respect to the weight before the division.

    Notes
    -----
    u and v are constants to it, as in PyTorch. At the true singular vectors that is exact, since
    there ``d sigma / dW = u v^T`` whatever u and v do.

    Source: Miyato et al. 2018, section 2.3.

    Examples
    --------
    The length of the weight has no effect, so the gradient has no component along it:

    >>> w_OI = np.array([[2.0, 0.0], [0.0, 1.0]])
    >>> _, cache = spectral_norm(w_OI, np.array([1.0, 0.0]), np.array([1.0, 0.0]))
    >>> dw = spectral_norm_backward(np.array([[1.0, 2.0], [3.0, 4.0]]), cache)
    >>> float((dw * w_OI).sum())
    0.0
    """
    w_normed_OI, sigma, u_O, v_I, shape = cache
    dw_OI = incoming_rows(dw_normed, shape, w_normed_OI)
    along = np.sum(dw_OI * w_normed_OI)
    dw_before_OI: Array = (dw_OI - along * np.outer(u_O, v_I)) / sigma
    return dw_before_OI.reshape(shape)


def spectral_start(
    w: Array, rng: np.random.Generator | int | None = None, *, n_steps: int = 15
) -> tuple[Array, Array]:
    """Return u and v to begin with: random, then refined by some steps of the power iteration.

    Parameters
    ----------
    w : array, shape (O, ...)
        The weight that they are for; finite, and not 0.
    rng : numpy.random.Generator, int or None
        Where the random start comes from. None draws a new one at every run.
    n_steps : int
        Steps of the power iteration; 15 as in PyTorch.

    Returns
    -------
    u : array, shape (O,)
    v : array, shape (I,)
        Of length 1, in the dtype of the weight.

    Examples
    --------
    >>> u, v = spectral_start(np.diag([4.0, 1.0]), rng=0)
    >>> np.abs(u).round(6), np.abs(v).round(6)
    (array([1., 0.]), array([1., 0.]))
    """
    w_OI, rng = as_rows(w, "w"), np.random.default_rng(rng)
    if not np.isfinite(w_OI).all():
        raise ValueError("w must be finite, got NaN or infinity: it has no singular vectors")
    if not isinstance(n_steps, int | np.integer) or n_steps < 0:
        raise ValueError(f"n_steps must be a whole number of at least 0, got {n_steps!r}")
    u, v = (_unit(rng.standard_normal((size,)).astype(w_OI.dtype)) for size in w_OI.shape)
    for _ in range(n_steps):
        spectral_norm(w_OI, u, v)
    return u, v


def _unit(a: Array) -> Array:
    """Return a vector of length 1 in the same direction."""
    return a / max(float(np.sqrt(a @ a)), SMALLEST_NORM)
