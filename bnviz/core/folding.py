"""Batch norm in evaluation folded into its neighbour: one layer fewer, the same answers.

In evaluation batch norm multiplies each channel by ``k = gamma / sqrt(running_var + eps)`` and
adds ``beta - k * running_mean``. A linear layer beside it can take both over. The result is a new
layer with a bias, in the dtype of the old one; nothing is modified. ValueError says where the
channels of the two do not fit, where the norm has no running statistics (as group norm and layer
norm), and where the layer is neither linear nor a convolution.

Letters: **O** outputs, **I** inputs of a linear layer; **C** channels of the norm.
"""

import itertools
from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.nn import Conv2d, Linear
from bnviz.core.nn.batchnorm import BatchNorm
from bnviz.core.nn.tracking import TrackingNorm


class Folded(NamedTuple):
    """A layer that took over the batch norm before it, and what that changed.

    Attributes
    ----------
    layer : Linear or Conv2d
    exact : bool
        Whether the answers are the same, to rounding.
    border_error : array, shape (O,)
        The largest difference that zero padding can make in each output channel, for an image of
        any size; 0 if exact. Outputs whose windows lie inside the image are exact anyway.
    """

    layer: Linear | Conv2d
    exact: bool
    border_error: Array


def fold_into_preceding(layer: Linear | Conv2d, norm: BatchNorm) -> Linear | Conv2d:
    """Return the layer that does what ``norm`` after ``layer`` does in evaluation.

    Notes
    -----
    ::

        W' = k * W        b' = k * (b - running_mean) + beta

    Exact up to rounding, also with zero padding: the padding comes before the weights. It is only
    the same in evaluation. Fold after the last step of training, or training is lost.

    Source: Jacob et al. 2018, section 3.2, equation 14, for the weights.

    Examples
    --------
    >>> from bnviz.core.nn import BatchNorm1d
    >>> linear, norm = Linear(3, 2, rng=0, dtype=np.float64), BatchNorm1d(2, dtype=np.float64)
    >>> x_NI = np.random.default_rng(0).normal(size=(5, 3))
    >>> _ = norm(linear(x_NI))
    >>> folded = fold_into_preceding(linear, norm)
    >>> bool(np.allclose(folded(x_NI), norm.eval()(linear(x_NI)), atol=1e-12))
    True
    """
    _check_layer(layer)
    k_O, shift_O = _scale_and_shift(norm, len(layer.weight), "outputs")
    weight = layer.weight * _beside(k_O, layer.weight, axis=0)
    bias = shift_O if layer.bias is None else k_O * layer.bias + shift_O
    return _copy(layer, weight, bias)


def fold_into_following(norm: BatchNorm, layer: Linear | Conv2d) -> Folded:
    """Return the layer that does what ``layer`` after ``norm`` in evaluation does.

    Notes
    -----
    ::

        W' = W * k        b' = b + W (beta - k * running_mean)

    Exact for a linear layer and for a convolution without padding. **With zero padding it is not
    exact at the borders**: the zeros are added after batch norm, so its shift is not in them; the
    folded bias counts it as if it were. What is wrong is ``W`` times the shift, summed over the
    taps that lie in the padding. It vanishes where beta happens to be ``k * running_mean``; or pad
    with ``running_mean - beta / k``, which batch norm turns into 0.

    An activation between the two forbids folding altogether.

    Examples
    --------
    >>> from bnviz.core.nn import BatchNorm2d
    >>> norm, conv = BatchNorm2d(1, dtype=np.float64), Conv2d(1, 1, 3, padding=1, bias=False)
    >>> fold_into_following(norm, conv).exact
    True
    >>> norm.running_mean[...] = -5.0
    >>> conv.weight[...] = 1.0  # an image of one pixel has eight of the nine taps in the padding
    >>> folded = fold_into_following(norm, conv)
    >>> folded.exact, folded.border_error.round(2)
    (False, array([40.]))
    """
    _check_layer(layer)
    k_I, shift_I = _scale_and_shift(norm, layer.weight.shape[1], "inputs")
    weight = layer.weight * _beside(k_I, layer.weight, axis=1)
    taps = layer.weight * _beside(shift_I, layer.weight, axis=1)
    added_O = taps.reshape(len(taps), -1).sum(axis=1)
    bias = added_O if layer.bias is None else layer.bias + added_O
    error_O: Array = np.zeros(len(taps))
    if isinstance(layer, Conv2d):
        error_O = _border_error(taps.sum(axis=1), layer.padding)
    return Folded(_copy(layer, weight, bias), not error_O.any(), error_O)


def _check_layer(layer: Linear | Conv2d) -> None:
    """Refuse what has no weight that could take batch norm over."""
    if not isinstance(layer, Linear | Conv2d):
        raise ValueError(f"layer must be a Linear or a Conv2d, got {type(layer).__name__}")


def _scale_and_shift(norm: BatchNorm, n_channels: int, side: str) -> tuple[Array, Array]:
    """Return what batch norm multiplies by and adds in evaluation, in float64."""
    tracks = isinstance(norm, TrackingNorm)
    if not tracks or norm.running_mean is None or norm.running_var is None:
        raise ValueError(
            "norm must have running statistics: without them it has no evaluation of its own, "
            f"got {type(norm).__name__}"
        )
    if norm.num_features != n_channels:
        raise ValueError(
            f"norm must have as many channels as the layer has {side}, {n_channels}, "
            f"got {norm.num_features}"
        )
    k = 1 / np.sqrt(norm.running_var.astype(np.float64) + norm.eps)
    if norm.weight is not None:
        k = k * norm.weight
    shift = -k * norm.running_mean
    return k, shift if norm.bias is None else shift + norm.bias


def _beside(per_channel: Array, weight: Array, axis: int) -> Array:
    """Shape one value per channel to broadcast along an axis of a weight."""
    shape = [1] * weight.ndim
    shape[axis] = -1
    return per_channel.reshape(shape)


def _border_error(taps_OIJ: Array, padding: tuple[int, int]) -> Array:
    """Return the largest sum of the taps that can lie in the padding, by absolute value."""
    total_O = taps_OIJ.sum(axis=(1, 2))
    inside = [_inside(size, pad) for size, pad in zip(taps_OIJ.shape[1:], padding, strict=True)]
    errors = [
        np.abs(total_O - taps_OIJ[:, rows, columns].sum(axis=(1, 2)))
        for rows, columns in itertools.product(*inside)
    ]
    return np.max(errors, axis=0)


def _inside(size: int, pad: int) -> list[slice]:
    """Return the parts of a kernel that can lie on the image, along one axis."""
    cuts = itertools.product(range(min(pad, size) + 1), repeat=2)
    return [slice(before, size - after) for before, after in cuts if before + after <= size]


def _copy(layer: Linear | Conv2d, weight: Array, bias: Array) -> Linear | Conv2d:
    """Return a new layer of the same kind with these parameters, in the dtype of the old one."""
    dtype = layer.weight.dtype
    new: Linear | Conv2d
    if isinstance(layer, Conv2d):
        new = Conv2d(
            layer.in_channels,
            layer.out_channels,
            layer.kernel_size,
            layer.stride,
            layer.padding,
            dtype=dtype,
        )
    else:
        new = Linear(layer.in_features, layer.out_features, dtype=dtype)
    new.load_state_dict({"weight": weight, "bias": bias})
    return new
