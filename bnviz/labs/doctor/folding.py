"""Limits of folding: a padded convolution behind the norm, and weights with another axis.

Shape legend: N images, C channels in, O channels out, H W space, I J kernel, G groups.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.folding import fold_into_following
from bnviz.core.nn import BatchNorm2d, Conv2d
from bnviz.labs.doctor.case import BEFORE, BROKEN, REPAIRED, Case, Cases, demonstration
from bnviz.labs.doctor.settings import Settings

SIDE, RUNNING_MEAN = 4, -5.0
"""Height and width of an image of zeros; the running mean of the norm before the convolution."""


def first_row(y_NCHW: Array) -> tuple[float, ...]:
    """Return the corner, a side and the inside of the only image."""
    image = y_NCHW[0, 0]
    return float(image[0, 0]), float(image[0, 1]), float(image[1, 1])


@demonstration
def padded_convolution(_settings: Settings) -> Cases:
    """Fold a norm into the padded convolution behind it; then pad with what the norm makes 0."""
    x = np.zeros((1, 1, SIDE, SIDE))
    norm = BatchNorm2d(1, dtype=np.float64).eval()
    norm.running_mean = np.array([RUNNING_MEAN])
    conv = Conv2d(1, 1, 3, padding=1, bias=False, dtype=np.float64)
    conv.weight[...] = 1.0
    yield Case("BN, then convolution", BEFORE, first_row(conv(norm(x))))
    folded = fold_into_following(norm, conv).layer
    yield Case("folded, padded with 0", BROKEN, first_row(folded(x)))
    bare = Conv2d(1, 1, 3, dtype=np.float64)
    bare.weight, bare.bias = folded.weight, folded.bias
    around = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=RUNNING_MEAN)
    yield Case("folded, padded with the mean", REPAIRED, first_row(bare(around)))


class Layer(NamedTuple):
    """A transposed convolution in two groups, and the norm behind it.

    Attributes
    ----------
    x : array, shape (N, C, H, W)
    weight : array, shape (C, O / G, I, J)
        Inputs first, as PyTorch stores it.
    k, shift : array, shape (O,)
        What the norm multiplies by and adds in evaluation.
    """

    x: Array
    weight: Array
    k: Array
    shift: Array


N_GROUPS, N_CHANNELS = 2, 4


def random_layer(seed: int) -> Layer:
    """Return a layer with random weights and statistics."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(N_CHANNELS, N_CHANNELS // N_GROUPS, 3, 3))
    k, shift = rng.uniform(0.5, 2.0, N_CHANNELS), rng.normal(size=N_CHANNELS)
    return Layer(rng.normal(size=(2, N_CHANNELS, 5, 5)), weight, k, shift)


def transposed(x_NCHW: Array, weight_COIJ: Array, n_groups: int) -> Array:
    """Return a transposed convolution: each input paints its kernel, the pictures add up."""
    per_group = weight_COIJ.shape[1]
    (n, c, height, width), (rows, columns) = x_NCHW.shape, weight_COIJ.shape[2:]
    y = np.zeros((n, per_group * n_groups, height + rows - 1, width + columns - 1))
    for g in range(n_groups):
        inputs = slice(g * c // n_groups, (g + 1) * c // n_groups)
        outputs = slice(g * per_group, (g + 1) * per_group)
        for i in range(rows):
            for j in range(columns):
                painted = np.einsum(
                    "nchw,co->nohw", x_NCHW[:, inputs], weight_COIJ[inputs, :, i, j]
                )
                y[:, outputs, i : i + height, j : j + width] += painted
    return y


def by_inputs(layer: Layer) -> Array:
    """Scale axis 0, the axis of the outputs of an ordinary convolution."""
    return layer.weight * layer.k[:, None, None, None]


def by_outputs(layer: Layer) -> Array:
    """Scale axis 1 group by group: there the outputs of a transposed convolution are."""
    k_GO = layer.k.reshape(N_GROUPS, -1)
    per_input = np.repeat(k_GO, len(layer.weight) // N_GROUPS, axis=0)
    return layer.weight * per_input[:, :, None, None]


@demonstration
def transposed_convolution(settings: Settings) -> Cases:
    """Fold a norm into a transposed convolution in groups, along two axes."""
    layer = random_layer(settings.seed)
    k, shift = layer.k[:, None, None], layer.shift[:, None, None]
    wanted = k * transposed(layer.x, layer.weight, N_GROUPS) + shift
    for name, kind, weight in (
        ("axis 0, as for Conv2d", BROKEN, by_inputs(layer)),
        ("axis 1, group by group", REPAIRED, by_outputs(layer)),
    ):
        found = transposed(layer.x, weight, N_GROUPS) + shift
        yield Case(name, kind, (float(np.abs(found - wanted).max()),))
