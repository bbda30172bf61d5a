"""One network on digits, trained step by step, with noise behind its normalization if wanted.

Shape legend: S steps, L hidden layers, C units, N batch, D inputs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.labs.why.settings import Settings

Array = NDArray[np.floating]

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
    """What a network did; NaN where it has not come to yet, or where it has diverged.

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
        """Whether the run is over: all steps done, or diverged."""
        return self.n_done == len(self.loss) or self.diverged

    @property
    def diverged(self) -> bool:
        """Whether the loss left all bounds."""
        return self.diverged_at >= 0

    @property
    def last_loss(self) -> float:
        """Mean loss of the last batches; NaN before the end."""
        return float(self.loss[-N_LAST:].mean())


class Learner:
    """Train one network with plain SGD, in float64.

    Parameters
    ----------
    settings : Settings
    norm : {"bn", "none"}
    noise : float
        Size of the noise; 0 for none.
    """

    def __init__(self, settings: Settings, norm: str, noise: float) -> None:
        split = data.load("digits")
        self._x_MD, self._labels_M = split.x_train.astype(np.float64), split.y_train
        self.spec = Spec(
            n_inputs=64, width=WIDTH, depth=settings.depth, n_classes=10, norm=norm
        )  # fmt: skip
        weights = mlp_weights(self.spec.sizes, self.spec.activation, 1.0, settings.seed)
        self.parameters = Parameters.start(self.spec, weights, np.float64)
        self._order_SN = batch_order(
            len(self._x_MD), settings.batch_size, N_STEPS, settings.seed
        )  # fmt: skip
        self._lr, self._noise = settings.lr, noise
        self._rng = np.random.default_rng([settings.seed, 13])
        self._means = np.full((N_STEPS, settings.depth, WIDTH), np.nan)
        self._loss, self._drift = np.full(N_STEPS, np.nan), np.full(N_STEPS, np.nan)
        self._n_done, self._diverged_at = 0, -1

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or the run has diverged."""
        return self._n_done == N_STEPS or self._diverged_at >= 0

    def advance(self) -> None:
        """Do one step."""
        if self.finished:
            return
        s, batch_N = self._n_done, self._order_SN[self._n_done]
        shape = self._means.shape[1:]
        shift_LC = self._rng.uniform(-self._noise, self._noise, shape)
        stretch_LC = self._rng.uniform(1.0, 1.0 + self._noise / 2, shape)
        with np.errstate(all="ignore"):  # a run may diverge
            loss, gradient, means_LC = noisy_gradient(
                self.spec, self.parameters, self._x_MD[batch_N], self._labels_M[batch_N],
                stretch_LC, shift_LC,
            )  # fmt: skip
            self.parameters.flat -= self._lr * gradient.flat
        if not loss < LIMIT:
            self._diverged_at = s
            return
        self._loss[s], self._means[s] = loss, means_LC
        self._drift[s] = drift(self._means[max(0, s - WINDOW + 1) : s + 1])
        self._n_done += 1

    def path(self) -> Path:
        """Give what there is so far."""
        whole = drift(self._means[: self._n_done]) if self._n_done else 0.0
        return Path(
            self._loss.copy(), self._drift.copy(), whole, self._n_done, self._diverged_at
        )  # fmt: skip


def drift(means_SLC: Array) -> float:
    """Give how far the mean of a unit moves: its standard deviation over time, mean over units.

    Examples
    --------
    >>> drift(np.array([[[0.0, 1.0]], [[2.0, 1.0]]]))
    0.5
    """
    return float(means_SLC.std(0).mean())


def noisy_gradient(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    labels_N: NDArray[np.integer],
    stretch_LC: Array,
    shift_LC: Array,
) -> tuple[float, Parameters, Array]:
    """Give loss, gradient and unit means of a batch with ``stretch * y + shift`` before each ReLU.

    y is what comes out of batch norm, or of the linear layer without it. Stretch and shift are
    constants to the gradient.

    Notes
    -----
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
    """Give the numbers that shift the output of a layer: beta, or the bias without a norm."""
    if spec.norm != "none":
        beta_C: Array = parameters.beta[layer]
        return beta_C
    bias = parameters.biases[layer]
    assert bias is not None
    return bias
