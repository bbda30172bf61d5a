"""Weight normalization: length and direction learned apart."""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.weights.rows import as_rows, incoming_rows


class WeightNormCache(NamedTuple):
    """What :func:`weight_norm_backward` has to know about the forward pass."""

    direction_OI: Array  # v / |v|, by rows
    norm_O1: Array  # |v|
    g_O1: Array
    shape: tuple[int, ...]


def weight_norm(v: Array, g: Array) -> tuple[Array, WeightNormCache]:
    """Scale each row of a weight to a length that is learned apart from its direction.

    Parameters
    ----------
    v : array, shape (O, ...)
        The directions, of any length but 0.
    g : array, shape (O,)
        The lengths.

    Notes
    -----
    ::

        w = g * v / |v|        for each row

    Every step of gradient descent makes v longer, since its gradient is orthogonal to it: a
    learning rate that decays by itself, as with weights before batch norm.

    Source: Salimans & Kingma 2016, equation 2.

    Examples
    --------
    >>> w_OI, _ = weight_norm(np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([10.0, 1.0]))
    >>> w_OI
    array([[6., 8.],
           [0., 1.]])
    """
    v_OI = as_rows(v, "v")
    if np.shape(g) != (len(v_OI),):
        raise ValueError(f"g must have the shape {(len(v_OI),)}, got {np.shape(g)}")
    norm_O1 = np.sqrt(np.sum(v_OI * v_OI, axis=1, keepdims=True))
    if not norm_O1.all():
        raise ValueError("v must not have a row of zeros: it has no direction")
    direction_OI = v_OI / norm_O1
    g_O1 = np.array(g, v_OI.dtype)[:, None]
    shape = np.shape(v)
    return (g_O1 * direction_OI).reshape(shape), WeightNormCache(direction_OI, norm_O1, g_O1, shape)


def weight_norm_backward(dw: Array, cache: WeightNormCache) -> tuple[Array, Array]:
    """Return the gradients of the loss with respect to the directions and the lengths.

    Returns
    -------
    dv : array
        Shaped as ``v``; orthogonal to it in each row.
    dg : array, shape (O,)

    Notes
    -----
    Source: Salimans & Kingma 2016, equation 3.

    Examples
    --------
    >>> _, cache = weight_norm(np.array([[3.0, 4.0]]), np.array([5.0]))
    >>> dv, dg = weight_norm_backward(np.array([[1.0, 0.0]]), cache)
    >>> dv.round(2), dg
    (array([[ 0.64, -0.48]]), array([0.6]))
    """
    direction_OI, norm_O1, g_O1, shape = cache
    dw_OI = incoming_rows(dw, shape, direction_OI)
    dg_O1 = np.sum(dw_OI * direction_OI, axis=1, keepdims=True)
    dv_OI = g_O1 / norm_O1 * (dw_OI - dg_O1 * direction_OI)
    return dv_OI.reshape(shape), dg_O1.ravel()
