"""The linear layer."""

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional.checks import check_size, incoming
from bnviz.core.functional.sums import floating
from bnviz.core.nn.module import Module, float_dtype


class Linear(Module):
    """Multiply by a weight matrix and add a bias: ``y = x @ weight.T + bias``.

    Parameters
    ----------
    in_features, out_features : int
        I and O.
    bias : bool
        Whether to add a bias. A layer that batch norm follows needs none: the mean takes it away
        again (Ioffe & Szegedy 2015, section 3.2).
    rng, dtype
        As in all layers.

    Attributes
    ----------
    weight : array, shape (O, I)
        Stored as in PyTorch, outputs first.
    bias : array, shape (O,), or None

    Notes
    -----
    Both start uniform within 1 / sqrt(I), PyTorch's default for this layer, which suits no
    activation in particular. ``bnviz.core.network.init`` has the schemes of He and Xavier.

    ``forward`` keeps ``x`` itself: do not change it before ``backward``.

    Examples
    --------
    >>> layer = Linear(2, 1, rng=0, dtype=np.float64)
    >>> layer.weight[...], layer.bias[...] = [[2.0, 3.0]], 1.0
    >>> layer(np.array([[1.0, 1.0], [0.0, 2.0]]))
    array([[6.],
           [7.]])
    >>> layer.backward(np.array([[1.0], [1.0]]))
    array([[2., 3.],
           [2., 3.]])
    >>> layer.grads["weight"]
    array([[1., 3.]])
    """

    PARAMETERS = ("weight", "bias")

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator | int | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        check_size("in_features", in_features)
        check_size("out_features", out_features)
        self.in_features, self.out_features = in_features, out_features
        dtype, rng = float_dtype(dtype), np.random.default_rng(rng)
        bound = in_features**-0.5
        self.weight = rng.uniform(-bound, bound, (out_features, in_features)).astype(dtype)
        self.bias = rng.uniform(-bound, bound, out_features).astype(dtype) if bias else None

    def forward(self, x: Array) -> Array:
        """Return ``x @ weight.T + bias`` for ``x`` of shape (..., I)."""
        x = floating(x, "x")
        if x.shape[-1] != self.in_features:
            raise ValueError(f"x must have the shape (..., {self.in_features}), got {x.shape}")
        y: Array = x @ self.weight.T.astype(x.dtype, copy=False)
        if self.bias is not None:
            y += self.bias.astype(x.dtype, copy=False)
        return self._remember(y, x)

    def backward(self, dy: Array) -> Array:
        """Return ``dx``; put the gradients of ``weight`` and ``bias`` into ``grads``."""
        x: Array = self._remembered()
        dy = incoming(dy, (*x.shape[:-1], self.out_features), x.dtype)
        dy_NO, x_NI = dy.reshape(-1, self.out_features), x.reshape(-1, self.in_features)
        self.grads = {"weight": dy_NO.T @ x_NI}
        if self.bias is not None:
            self.grads["bias"] = dy_NO.sum(axis=0)
        return dy @ self.weight.astype(x.dtype, copy=False)
