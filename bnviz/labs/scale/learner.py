"""One network on digits, trained step by step, and what its hidden weights do meanwhile.

Shape legend: S steps, N batch, D inputs, C units.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.optim import SGD
from bnviz.core.weights import spectral_norm
from bnviz.labs.scale.settings import Settings

Array = NDArray[np.floating]

WIDTH, DEPTH = 32, 2


@dataclass(frozen=True, eq=False)
class Path:
    """What a network did; NaN where it has not come to yet. All norms are over the hidden weights.

    Attributes
    ----------
    loss : array, shape (S,)
        Of the batch of each step, before the step; nats.
    norm : array, shape (S + 1,)
        Euclidean norm of the weights before each step, and after the last.
    gradient_norm : array, shape (S,)
    cosine : array, shape (S,)
        Between weights and gradient: 0 is orthogonal.
    angle : array, shape (S,)
        Root mean square over the units of the angle by which a step turns the weights into a
        unit; radians.
    """

    loss: Array
    norm: Array
    gradient_norm: Array
    cosine: Array
    angle: Array

    @property
    def n_done(self) -> int:
        """How many steps it has come."""
        return int(np.isfinite(self.norm).sum()) - 1

    def copy(self) -> "Path":
        """Give a copy that does not grow."""
        return Path(*(getattr(self, part.name).copy() for part in fields(self)))

    def pythagoras(self, lr: float) -> Array:
        """Give the norm that follows from the gradients alone: every step at a right angle."""
        squares = self.norm[0] ** 2 + np.cumsum(np.square(lr * self.gradient_norm))
        norm: Array = np.sqrt(np.concatenate([[self.norm[0] ** 2], squares]))
        return norm


class Learner:
    """Train one network with plain SGD, in float64.

    Parameters
    ----------
    settings : Settings
        Its epsilon, batch size and seed.
    n_steps : int
    scale : float
        Multiplies the hidden weights at the start.
    lr : float
        Learning rate of gamma, beta and the last layer.
    lr_hidden : float, optional
        That of the hidden weights; ``lr`` if it is not given.
    eps : float, optional
        Of batch norm; that of the settings if it is not given.
    weight_decay : float
        Of the hidden weights.
    noise : float
        Share of the labels that are drawn anew in every step: noise that does not fade as the
        network learns.
    spectral : bool
        Divide the hidden weights by an estimate of their largest singular value, refined by one
        step of the power iteration in each step.
    """

    def __init__(
        self,
        settings: Settings,
        n_steps: int,
        *,
        scale: float = 1.0,
        lr: float,
        lr_hidden: float | None = None,
        eps: float | None = None,
        weight_decay: float = 0.0,
        noise: float = 0.0,
        spectral: bool = False,
    ) -> None:
        split = data.load("digits")
        self._x_MD, self._labels_M = split.x_train.astype(np.float64), split.y_train
        self.spec, self.parameters = start(settings, scale, eps=eps, spectral=spectral)
        self._order_SN = batch_order(len(self._x_MD), settings.batch_size, n_steps, settings.seed)
        self._noise = noise
        self._rng = np.random.default_rng([settings.seed, 14])
        rate, decay = (Parameters(self.spec, np.float64) for _ in range(2))
        rate.flat[...] = lr
        for rates, decays in zip(rate.weights[:-1], decay.weights[:-1], strict=True):
            rates[...] = lr if lr_hidden is None else lr_hidden
            decays[...] = weight_decay
        self._decay, self._optimizer = decay.flat, SGD(rate.flat)
        empty = [np.full(n_steps, np.nan) for _ in range(4)]
        self.path = Path(empty[0], np.full(n_steps + 1, np.nan), *empty[1:])
        self.path.norm[0] = self._norm()
        self._lost = False

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or its numbers overflowed."""
        return self._lost or self.path.n_done == len(self._order_SN)

    def advance(self) -> None:
        """Do one step."""
        s, path = self.path.n_done, self.path
        batch_N = self._order_SN[s]
        labels_N = self._labels_M[batch_N]
        if self._noise:
            drawn = self._rng.random(len(batch_N)) < self._noise
            labels_N = np.where(drawn, self._rng.integers(10, size=len(batch_N)), labels_N)
        for weight_DC, (u_C, v_D) in zip(
            hidden(self.parameters), self.parameters.singular, strict=False
        ):  # without spectral normalization there are no such vectors
            spectral_norm(weight_DC.T, u_C, v_D)
        path.loss[s], gradient = gradient_at(
            self.spec, self.parameters, self._x_MD[batch_N], labels_N
        )
        weights, slopes = hidden(self.parameters), hidden(gradient)
        path.gradient_norm[s] = np.sqrt(sum(np.square(g).sum() for g in slopes))
        product = sum((w * g).sum() for w, g in zip(weights, slopes, strict=True))
        with np.errstate(invalid="ignore"):  # a gradient of 0 has no direction
            path.cosine[s] = product / (path.norm[s] * path.gradient_norm[s])
        before = [w.copy() for w in weights]
        self._optimizer.step(
            self.parameters.flat, gradient.flat + self._decay * self.parameters.flat
        )
        path.angle[s] = turned(before, weights)
        path.norm[s + 1] = self._norm()
        self._lost = not np.isfinite(path.norm[s + 1])

    def _norm(self) -> float:
        return float(np.sqrt(sum(np.square(w).sum() for w in hidden(self.parameters))))


def start(
    settings: Settings,
    scale: float,
    norm: str = "bn",
    *,
    eps: float | None = None,
    spectral: bool = False,
) -> tuple[Spec, Parameters]:
    """Make the network, its hidden weights ``scale`` times He's."""
    eps = settings.eps if eps is None else eps
    spec = Spec(
        n_inputs=64, width=WIDTH, depth=DEPTH, n_classes=10, norm=norm, eps=eps,
        weight_norm="spectral" if spectral else "none",
    )  # fmt: skip
    *inner, last = mlp_weights(spec.sizes, spec.activation, 1.0, settings.seed)
    return spec, Parameters.start(spec, [scale * w for w in inner] + [last], np.float64)


def hidden(parameters: Parameters) -> list[Array]:
    """Give the weights that batch norm follows: all but those of the logits."""
    return parameters.weights[:-1]


def gradient_at(
    spec: Spec, parameters: Parameters, x_ND: Array, labels_N: NDArray[np.integer]
) -> tuple[float, Parameters]:
    """Give the loss of a batch and its gradient, all by the readable passes of the core."""
    done = forward(spec, parameters, x_ND)
    loss, dlogits_NK = cross_entropy(done.logits, labels_N)
    return loss, backward(spec, parameters, done, dlogits_NK)


def turned(before: list[Array], after: list[Array]) -> float:
    """Give the root mean square angle between the weights into each unit, in radians.

    Examples
    --------
    >>> round(turned([np.array([[1.0], [0.0]])], [np.array([[1.0], [1.0]])]), 4)
    0.7854
    """
    angles = []
    for old_DC, new_DC in zip(before, after, strict=True):
        along_C = (old_DC * new_DC).sum(0) / np.square(old_DC).sum(0)
        across_C = np.linalg.norm(new_DC - along_C * old_DC, axis=0)
        angles.append(np.arctan2(across_C, along_C * np.linalg.norm(old_DC, axis=0)))
    return float(np.sqrt(np.square(np.concatenate(angles)).mean()))
