"""The norm of the gradient against the batch size, with batch normalization and without.

Shape legend: R batches, B batch, M batch sizes, P points of a curve, D pixels, K classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data, theory
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.passes import backward, forward
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.copies import copies
from bnviz.labs.digits import Network
from bnviz.labs.noise.draws import GRADIENT, batches, stream
from bnviz.labs.noise.networks import BN, PLAIN, trained
from bnviz.labs.noise.settings import Settings

SIZES = tuple(2**k for k in range(2, 10))
N_ROWS = 2
"""Rows of 512 images; each is cut into batches of every size."""
FITTED = 64
"""The fit uses the sizes from this one on."""


@dataclass(frozen=True, eq=False)
class Gradient:
    """The gradient of all parameters, for batches of many sizes at the same weights.

    Attributes
    ----------
    n : int
        Images there are.
    sizes : array of int, shape (M,)
    norm : dict of str to array, shape (M,)
        For each network: root mean square, over batches, of the norm of the gradient.
    full : dict of str to float
        Norm of the gradient over all images in one batch, ``|G|``.
    noise : dict of str to float
        The fitted trace of the covariance of one image's gradient, ``tr(S)``.
    curve : array of int, shape (P,)
    fit : dict of str to array, shape (P,)
        ``sqrt(|G|^2 + tr(S) / B)``, with the finite population factor if there is one.
    off : dict of str to array, shape (M,)
        Measured over fitted norm.
    """

    n: int
    sizes: NDArray[np.intp]
    norm: dict[str, Array]
    full: dict[str, float]
    noise: dict[str, float]
    curve: NDArray[np.intp]
    fit: dict[str, Array]
    off: dict[str, Array]


def measure(settings: Settings) -> Pieces:
    """Measure the gradient's norm at many batch sizes, and fit the law of a mean to it.

    Without batch normalization the gradient of a batch **is** a mean over its images, so the mean
    of its squared norm is ``|G|^2 + tr(S) / B``: the law of the batch mean once more. With batch
    normalization it is not a mean of terms that belong to one image each, and nothing is promised.
    """
    n = len(data.load("digits").x_train)
    drawn_from = None if settings.replacement else n
    curve = np.unique(np.geomspace(SIZES[0], n - 1, 40).round().astype(int))
    left_M, left_P = (
        np.array([theory.batch_mean_std(int(m), population=drawn_from) ** 2 for m in sizes])
        for sizes in (SIZES, curve)
    )
    norm, full, noise, fit, off = {}, {}, {}, {}, {}
    for name in (BN, PLAIN):
        square_M, whole = yield from ask(squares, name, settings.replacement, settings.seed)
        noise[name] = _fitted(square_M, whole, left_M)
        norm[name], full[name] = np.sqrt(square_M), float(np.sqrt(whole))
        fit[name] = np.sqrt(whole + noise[name] * left_P)
        off[name] = np.sqrt(square_M / (whole + noise[name] * left_M))
    return Gradient(n, np.array(SIZES), norm, full, noise, curve, fit, off)


def squares(norm: str, replacement: bool, seed: int) -> Pieces:
    """Return the mean squared norm of the gradient, at each batch size and over all images."""
    network = yield from ask(trained, norm, seed)
    n, rng = len(data.load("digits").x_train), stream(seed, GRADIENT)
    rows = batches(n, max(SIZES), N_ROWS, replacement=replacement, rng=rng)
    square_M = np.empty(len(SIZES))
    for k, m in enumerate(SIZES):
        square_M[k] = mean_square(network, rows.reshape(-1, m))
        yield None
    return square_M, mean_square(network, np.arange(n)[None])


def _fitted(square_M: Array, whole: float, left_M: Array) -> float:
    """Return tr(S) by least squares of the relative errors, from the larger batches."""
    large = np.array(SIZES) >= FITTED
    y, x = ((square_M - whole) / square_M)[large], (left_M / square_M)[large]
    return float((x @ y) / (x @ x))


def mean_square(network: Network, rows_RB: NDArray[np.intp]) -> float:
    """Return the squared norm of the gradient, in the mean over the batches."""
    split, spec = data.load("digits"), network.spec
    n_batches = len(rows_RB)
    many = copies(spec, network.parameters, n_batches)
    done = forward(spec, many, split.x_train[rows_RB])
    logits_RBK = done.logits
    labels = split.y_train[rows_RB].ravel()
    _, dlogits = cross_entropy(logits_RBK.reshape(-1, spec.n_classes), labels)
    dlogits *= n_batches  # each batch has a mean loss of its own
    found = backward(spec, many, done, dlogits.reshape(logits_RBK.shape))
    return float(found.flat @ found.flat) / n_batches
