"""One network on digits, trained step by step, and what its hidden weights do meanwhile.

Shape legend: S steps, L hidden layers, N batch, D inputs, C units.
"""

from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.core.theory import effective_lr, norm_after_step
from bnviz.core.train.batches import batch_order
from bnviz.core.train.optim import SGD
from bnviz.core.weights import spectral_norm
from bnviz.labs import digits
from bnviz.labs.arm import Arm, Pieces
from bnviz.labs.scale.settings import Settings

Array = NDArray[np.floating]

WIDTH, DEPTH = 32, 2
N_LAST = 20
"""The loss at the end is the mean over the last batches."""
PIECE = 5
"""Steps in each piece of the work."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a training depends on.

    Parameters
    ----------
    n_steps : int
    scale : float
        Multiplies the hidden weights at the start.
    lr : float
        Learning rate of gamma, beta and the last layer.
    lr_hidden : float, optional
        That of the hidden weights; ``lr`` if it is not given.
    eps : float
        Of batch norm.
    weight_decay : float
        Of the hidden weights.
    noise : float
        Share of the labels that are drawn anew in every step: noise that does not fade as the
        network learns.
    spectral : bool
        Divide the hidden weights by an estimate of their largest singular value, refined by one
        step of the power iteration in each step.
    batch_size, seed : int
    """

    n_steps: int
    scale: float = 1.0
    lr: float
    lr_hidden: float | None = None
    eps: float
    weight_decay: float = 0.0
    noise: float = 0.0
    spectral: bool = False
    batch_size: int
    seed: int


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
    estimate : array, shape (S, L)
        What the power iteration, one step in each step of training, takes for the largest singular
        value, as a share of it. No columns without spectral normalization.
    """

    loss: Array
    norm: Array
    gradient_norm: Array
    cosine: Array
    angle: Array
    estimate: Array

    @property
    def n_done(self) -> int:
        """How many steps it has come."""
        return int(np.isfinite(self.norm).sum()) - 1

    @property
    def finished(self) -> bool:
        """Whether it has come to its end."""
        return self.n_done == len(self.loss)

    @property
    def last_loss(self) -> float:
        """Mean loss of the last batches."""
        return float(self.loss[-N_LAST:].mean())

    def copy(self) -> "Path":
        """Return a copy that does not grow."""
        return Path(*(getattr(self, part.name).copy() for part in fields(self)))

    def pythagoras(self, lr: float) -> Array:
        """Return the norm that follows from the gradients alone: each step at a right angle."""
        done = self.gradient_norm[: self.n_done].tolist()
        norm = np.full_like(self.norm, np.nan)
        norm[: len(done) + 1] = [*accumulate(
            done, lambda norm, slope: norm_after_step(norm, slope, lr), initial=float(self.norm[0])
        )]  # fmt: skip
        return norm

    def effective_lr(self, lr: float) -> Array:
        """Return the learning rate before each step that would do the same at norm 1."""
        norms = self.norm[:-1].tolist()
        return np.array([effective_lr(lr, n) if np.isfinite(n) else np.nan for n in norms])


class Learner:
    """Train one network with plain SGD, in float64."""

    def __init__(self, run: Run) -> None:
        split = data.load("digits")
        self._x_MD, self._labels_M = split.x_train.astype(np.float64), split.y_train
        self.spec, self.parameters = start(
            run.scale, eps=run.eps, seed=run.seed, spectral=run.spectral
        )
        self._order_SN = batch_order(len(self._x_MD), run.batch_size, run.n_steps, run.seed)
        self._noise = run.noise
        self._rng = np.random.default_rng([run.seed, 14])
        rate, decay = (Parameters(self.spec, np.float64) for _ in range(2))
        rate.flat[...] = run.lr
        for rates, decays in zip(rate.weights[:-1], decay.weights[:-1], strict=True):
            rates[...] = run.lr if run.lr_hidden is None else run.lr_hidden
            decays[...] = run.weight_decay
        self._decay, self._optimizer = decay.flat, SGD(rate.flat)
        shapes = {"norm": run.n_steps + 1, "estimate": (run.n_steps, DEPTH * run.spectral)}
        self.path = Path(
            **{f.name: np.full(shapes.get(f.name, run.n_steps), np.nan) for f in fields(Path)}
        )
        self.path.norm[0] = self._norm()
        self._lost = False

    @property
    def finished(self) -> bool:
        """Whether all steps are done, or its numbers overflowed."""
        return self._lost or self.path.finished

    def advance(self) -> None:
        """Do one step."""
        s, path = self.path.n_done, self.path
        weights = hidden(self.parameters)
        for k in range(path.estimate.shape[1]):
            u_C, v_D = self.parameters.singular[k]
            spectral_norm(weights[k].T, u_C, v_D)
            path.estimate[s, k] = v_D @ weights[k] @ u_C / np.linalg.norm(weights[k], 2)
        path.loss[s], gradient = loss_and_gradient(self.spec, self.parameters, *self._batch(s))
        slopes = hidden(gradient)
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

    def _batch(self, step: int) -> tuple[Array, NDArray[np.integer]]:
        """Return the images of a step and their labels, some of them drawn anew."""
        batch_N = self._order_SN[step]
        labels_N = self._labels_M[batch_N]
        if self._noise:
            drawn = self._rng.random(len(batch_N)) < self._noise
            labels_N = np.where(drawn, self._rng.integers(10, size=len(batch_N)), labels_N)
        return self._x_MD[batch_N], labels_N

    def _norm(self) -> float:
        return float(np.sqrt(sum(np.square(w).sum() for w in hidden(self.parameters))))


def learn(run: Run) -> Pieces:
    """Train one network, and return its Path."""
    learner = Learner(run)
    while not learner.finished:
        for _ in range(PIECE):
            if not learner.finished:
                learner.advance()
        yield learner.path.copy
    return learner.path


def arm(settings: Settings, n_steps: int, **parts: Any) -> Arm:
    """Return the training of one network, with batches, seed and epsilon of the settings."""
    same = {"eps": settings.eps, "batch_size": settings.batch_size, "seed": settings.seed}
    return Arm(learn, (Run(n_steps=n_steps, **{**same, **parts}),))


def start(
    scale: float, norm: str = "bn", *, eps: float, seed: int, spectral: bool = False
) -> tuple[Spec, Parameters]:
    """Return the network at its start, its hidden weights ``scale`` times He's."""
    spec = digits.spec(
        width=WIDTH, depth=DEPTH, norm=norm, eps=eps, weight_norm="spectral" if spectral else "none"
    )
    *inner, last = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
    return spec, Parameters.start(spec, [scale * w for w in inner] + [last], np.float64)


def hidden(parameters: Parameters) -> list[Array]:
    """Return the weights that batch norm follows: all but those of the logits."""
    return parameters.weights[:-1]


def turned(before: list[Array], after: list[Array]) -> float:
    """Return the root mean square angle between the weights into each unit, in radians.

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
