"""One network on digits, trained step by step, with noise behind its normalization if wanted.

Shape legend: S steps, L hidden layers, C units, N batch, D inputs.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bnviz.core import bn, data
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
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
SCATTER = 0.2
"""How far the noise of a sample lies from that of its unit, for a noise of 1."""


@dataclass(frozen=True, eq=False)
class Path:
    """A training; NaN where it has not come to yet, or where it has diverged.

    Attributes
    ----------
    loss : array, shape (S,)
        Of the batch of each step, before the step; nats.
    drift : array, shape (S,)
        Standard deviation, over the steps up to each one, of the mean that a unit sends to its
        ReLU, mean over all hidden units.
    n_done : int
        Steps done.
    diverged_at : int
        The step whose loss reached ``LIMIT`` or was no number; -1 if there was none.
    """

    loss: Array
    drift: Array
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
    def whole_drift(self) -> float:
        """Return the drift over all steps that were done."""
        return float(self.drift[self.n_done - 1])

    @property
    def last_loss(self) -> float:
        """Return the mean loss of the last batches; NaN before the end."""
        return float(self.loss[-N_LAST:].mean())


def learn(
    norm: str, kind: str, noise: float, lr: float, depth: int, batch_size: int, seed: int
) -> Pieces:
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
        return Path(loss_S.copy(), drift_S.copy(), n_done, diverged_at)

    for s, batch_N in enumerate(batch_order(len(x_MD), batch_size, N_STEPS, seed)):
        stretch, shift = drawn(rng, kind, noise, (depth, batch_size, WIDTH))
        with np.errstate(all="ignore"):  # a run may diverge
            loss, gradient, means_LC = noisy_gradient(
                spec, parameters, x_MD[batch_N], labels_M[batch_N], stretch, shift
            )
            parameters.flat -= lr * gradient.flat
        if not loss < LIMIT:
            return path(s, s)
        loss_S[s], means[s] = loss, means_LC
        drift_S[s] = drift(means[: s + 1])
        yield partial(path, s + 1)
    return path(N_STEPS)


def drift(means_SLC: Array) -> float:
    """Return how far unit means move: their standard deviation over time, mean over units."""
    return float(means_SLC.std(0).mean())


def drawn(
    rng: np.random.Generator, kind: str, noise: float, shape_LNC: tuple[int, int, int]
) -> tuple[Array, Array]:
    """Return the stretch and the shift of a step: a number for each unit, or for each sample too.

    Notes
    -----
    ``kind="sample"`` follows Santurkar et al. 2018, section 2: each activation of each sample has
    noise of its own, from a distribution that changes in each step. The sizes are chosen here: a
    mean shift and a mean stretch for each unit, and the shift (uniform) and the stretch (normal) of
    each sample scattered around them by ``SCATTER``.
    """
    n_layers, _, width = shape_LNC
    shift = rng.uniform(-noise, noise, (n_layers, 1, width))
    stretch = rng.uniform(1.0, 1.0 + noise / 2, (n_layers, 1, width))
    if kind == "sample":
        scatter = SCATTER * noise
        shift = rng.uniform(shift - scatter, shift + scatter, shape_LNC)
        stretch = rng.normal(stretch, scatter, shape_LNC)
    return stretch, shift


def noisy_gradient(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    labels_N: NDArray[np.integer],
    stretch: Array,
    shift: Array,
) -> tuple[float, Parameters, Array]:
    """Return loss, gradient and unit means with ``stretch * y + shift`` before each ReLU.

    y is the output of batch norm, or of the linear layer without it. Stretch and shift have the
    shape (L, N, C), or (L, 1, C) where all samples get the same; constants to the gradient.
    """
    inputs, norms, means_LC = noisy_forward(spec, parameters, x_ND, stretch, shift)
    loss, dz_NC = cross_entropy(_linear(inputs[-1], parameters, -1), labels_N)
    gradient = Parameters(spec, np.float64)
    _linear_backward(dz_NC, inputs[-1], gradient, -1)
    for layer in reversed(range(spec.depth)):
        dh_NC = dz_NC @ parameters.weights[layer + 1].T
        dz_NC = dh_NC * (inputs[layer + 1] > 0) * stretch[layer]
        if spec.norm != "none":
            dz_NC, dgamma_C, dbeta_C = bn.backward(dz_NC, norms[layer])
            gradient.gamma[layer], gradient.beta[layer] = dgamma_C, dbeta_C
        _linear_backward(dz_NC, inputs[layer], gradient, layer)
    return loss, gradient, means_LC


def noisy_forward(
    spec: Spec, parameters: Parameters, x_ND: Array, stretch: Array, shift: Array
) -> tuple[list[Array], list[bn.Forward], Array]:
    """Return what each layer reads, what each batch norm keeps for the way back, and unit means."""
    inputs, norms, means = [x_ND], [], []
    for layer in range(spec.depth):
        y_NC = _linear(inputs[-1], parameters, layer)
        if spec.norm != "none":
            gamma_C, beta_C = parameters.gamma[layer], parameters.beta[layer]
            y_NC, done = bn.forward(y_NC, gamma_C, beta_C, spec.eps)
            norms.append(done)
        noisy_NC = stretch[layer] * y_NC + shift[layer]
        means.append(noisy_NC.mean(0))
        inputs.append(np.maximum(noisy_NC, 0))
    return inputs, norms, np.array(means)


def _linear(x_ND: Array, parameters: Parameters, layer: int) -> Array:
    z_NC = x_ND @ parameters.weights[layer]
    bias = parameters.biases[layer]
    return z_NC if bias is None else z_NC + bias


def _linear_backward(dz_NC: Array, x_ND: Array, gradient: Parameters, layer: int) -> None:
    """Write the gradients of the weights and biases of a layer."""
    gradient.weights[layer][...] = x_ND.T @ dz_NC
    bias = gradient.biases[layer]
    if bias is not None:
        bias[...] = dz_NC.sum(0)
