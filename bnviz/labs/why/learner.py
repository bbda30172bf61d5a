"""One network on digits, trained step by step, with noise behind its normalization if wanted.

Shape legend: S steps, L hidden layers, C units, N batch, D inputs.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.labs import digits
from bnviz.labs.arm import Pieces

WIDTH = 32
N_STEPS = 100
N_LAST = 10
"""The loss at the end is the mean over the last batches."""
LIMIT = 1000.0
"""A run whose loss reaches this, in nats, has diverged and is stopped."""
WINDOW = 20
"""The drift at a step is taken over this many steps up to it."""


@dataclass(frozen=True, eq=False)
class Path:
    """A training; NaN where it has not come to yet, or where it has diverged.

    Attributes
    ----------
    loss : array, shape (S,)
        Of the batch of each step, before the step; nats.
    drift : array, shape (S,)
        Standard deviation over the last steps of the mean that a unit sends to its ReLU, mean over
        all hidden units.
    whole_drift : float
        The same over all steps.
    n_done : int
        Steps done.
    diverged_at : int
        The step whose loss reached ``LIMIT`` or was no number; -1 if there was none.
    """

    loss: Array
    drift: Array
    whole_drift: float
    n_done: int
    diverged_at: int

    @property
    def finished(self) -> bool:
        """Return whether the run is over: all steps done, or diverged."""
        return self.n_done == len(self.loss) or self.diverged

    @property
    def diverged(self) -> bool:
        """Return whether the loss left all bounds."""
        return self.diverged_at >= 0

    @property
    def last_loss(self) -> float:
        """Return the mean loss of the last batches; NaN before the end."""
        return float(self.loss[-N_LAST:].mean())


def learn(norm: str, noise: float, lr: float, depth: int, batch_size: int, seed: int) -> Pieces:
    """Train one network with plain SGD, in float64, a step in each piece; gives a `Path`."""
    split = data.load("digits")
    x_MD, labels_M = split.x_train.astype(np.float64), split.y_train
    spec = digits.spec(width=WIDTH, depth=depth, norm=norm)
    weights = mlp_weights(spec.sizes, spec.activation, seed=seed)
    parameters = Parameters.start(spec, weights, np.float64)
    rng = np.random.default_rng([seed, 13])
    means = np.full((N_STEPS, depth, WIDTH), np.nan)
    loss_S, drift_S = np.full(N_STEPS, np.nan), np.full(N_STEPS, np.nan)

    def path(n_done: int, diverged_at: int = -1) -> Path:
        whole = drift(means[:n_done]) if n_done else 0.0
        return Path(loss_S.copy(), drift_S.copy(), whole, n_done, diverged_at)

    for s, batch_N in enumerate(batch_order(len(x_MD), batch_size, N_STEPS, seed)):
        shift_LC = rng.uniform(-noise, noise, (depth, WIDTH))
        stretch_LC = rng.uniform(1.0, 1.0 + noise / 2, (depth, WIDTH))
        with np.errstate(all="ignore"):  # a run may diverge
            loss, gradient, means_LC = noisy_gradient(
                spec, parameters, x_MD[batch_N], labels_M[batch_N], stretch_LC, shift_LC
            )
            parameters.flat -= lr * gradient.flat
        if not loss < LIMIT:
            return path(s, s)
        loss_S[s], means[s] = loss, means_LC
        drift_S[s] = drift(means[max(0, s - WINDOW + 1) : s + 1])
        yield partial(path, s + 1)
    return path(N_STEPS)


def drift(means_SLC: Array) -> float:
    """Return how far unit means move: their standard deviation over time, mean over units."""
    return float(means_SLC.std(0).mean())


def noisy_gradient(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    labels_N: NDArray[np.integer],
    stretch_LC: Array,
    shift_LC: Array,
) -> tuple[float, Parameters, Array]:
    """Return loss, gradient and unit means with ``stretch * y + shift`` before each ReLU.

    y is the output of batch norm, or of the linear layer without it. Stretch and shift are
    constants to the gradient.

    Stretching and shifting the output of a layer is the same as stretching and shifting its last
    affine map. So the core's own passes do the work on parameters changed for this step, and the
    chain rule takes the gradient back through the stretch.
    """
    noisy = Parameters(spec, np.float64)
    noisy.flat[...] = parameters.flat
    _stretch(spec, noisy, stretch_LC)
    for layer, shift_C in enumerate(shift_LC):
        _shifted(spec, noisy, layer)[...] += shift_C
    done = forward(spec, noisy, x_ND)
    loss, dlogits_NK = cross_entropy(done.logits, labels_N)
    gradient = backward(spec, noisy, done, dlogits_NK)
    _stretch(spec, gradient, stretch_LC)
    return loss, gradient, np.array([y_NC.mean(0) for y_NC in done.normalized])


def _stretch(spec: Spec, parameters: Parameters, stretch_LC: Array) -> None:
    """Multiply the last affine map of each hidden layer, in place."""
    for layer, stretch_C in enumerate(stretch_LC):
        last = parameters.weights[layer] if spec.norm == "none" else parameters.gamma[layer]
        last *= stretch_C
        _shifted(spec, parameters, layer)[...] *= stretch_C


def _shifted(spec: Spec, parameters: Parameters, layer: int) -> Array:
    """Return the numbers that shift the output of a layer: beta, or the bias without a norm."""
    if spec.norm != "none":
        return parameters.beta[layer]
    bias = parameters.biases[layer]
    assert bias is not None
    return bias
