"""The playground: one network trained twice, with and without batch normalization.

Both start from the same weights and read the same batches in the same order. ``run`` gives every
number that the page shows. Nothing is drawn here.

Shape legend: T snapshots, M modes (training, evaluation), L hidden layers, C width, B bins.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.evaluation import (
    HeldOut,
    Statistics,
    gradient_norms,
    look_at_held_out,
    look_at_statistics,
)
from bnviz.core.init import mlp_weights
from bnviz.core.network import Array, Spec
from bnviz.core.probes import Summary
from bnviz.core.trainer import Trainer, batch_order
from bnviz.settings import Choice, Range, check, decades, number_text

N_HELD_OUT = 256
"""Held-out examples that are looked at: every batch size divides it."""
N_TRUE = 512
"""Training examples behind the true statistics."""
N_SNAPSHOTS = 51
N_UNITS = 8
"""Units of each layer whose statistics are kept."""
WITH, WITHOUT = "bn", "none"
TRAINING, EVALUATION = 0, -1
"""Places on the axis M; without batch normalization they are the same place."""


def keras(momentum: float | None) -> str:
    """Say what Keras calls this momentum."""
    return "" if momentum is None else f"Keras: {number_text(round(1 - momentum, 6))}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; the first six controls are always in sight."""

    batch_size: Annotated[
        int, Range("Batch size", 2, 256, scale="log2",
                   help="Examples per step. Batch normalization takes its mean and variance over them.")
    ] = 32
    momentum: Annotated[
        float | None,
        Range("Momentum", 0.001, 1.0, scale="log", options=decades(0.001, 1.0, (1, 3)),
              none="cumulative average", beside=keras,
              help="Weight of the newest batch in the running statistics, as in PyTorch: "
                   "running = (1 - momentum) * running + momentum * batch. "
                   "It changes evaluation mode only."),
    ] = 0.1
    eps: Annotated[
        float, Range("Epsilon", 1e-8, 1e-1, scale="log",
                     help="Added to the variance inside the square root.")
    ] = 1e-5
    lr: Annotated[
        float, Range("Learning rate", 1e-3, 10.0, scale="log",
                     options=decades(1e-3, 10.0, (1, 2, 5)), help="Size of a step.")
    ] = 0.5
    depth: Annotated[int, Range("Depth", 1, 20, help="Number of hidden layers.")] = 6
    activation: Annotated[
        str, Choice("Activation", {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"},
                    help="The nonlinearity of the hidden layers.")
    ] = "sigmoid"
    width: Annotated[
        int, Range("Width", 8, 256, scale="log2", more=True, help="Units of each hidden layer.")
    ] = 64
    init_scale: Annotated[
        float, Range("Init scale", 0.1, 10.0, scale="log", options=decades(0.1, 10.0, (1, 2, 5)),
                     more=True, help="Multiplies the initial weights: He for ReLU, Xavier otherwise.")
    ] = 1.0
    optimizer: Annotated[
        str, Choice("Optimizer", {"sgd": "SGD", "momentum": "SGD + momentum 0.9", "adam": "Adam"},
                    more=True, help="How a gradient becomes a step.")
    ] = "sgd"
    placement: Annotated[
        str, Choice("BN placement", {"before": "before activation", "after": "after activation"},
                    more=True, help="Where batch normalization stands in a hidden layer.")
    ] = "before"
    dataset: Annotated[
        str, Choice("Data set", {"digits": "digits", "spirals": "spirals", "circles": "circles",
                                 "moons": "moons", "xor": "xor"}, more=True,
                    help="Real handwritten digits (8x8 pixels), or points in the plane.")
    ] = "digits"
    n_steps: Annotated[
        int, Range("Steps", 100, 2000, options=(100, 200, 500, 1000, 2000), more=True,
                   help="Training steps of each network.")
    ] = 500
    seed: Annotated[
        int, Range("Seed", 0, 99, more=True, help="Draws the initial weights and the batches.")
    ] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)


class Snapshot(NamedTuple):
    """One network at one step; its fields are those of ``NetworkTrace`` without the axis T."""

    held_out: HeldOut
    gradient_norm: Array
    update_ratio: Array
    statistics: Statistics | None


@dataclass(frozen=True, eq=False)
class NetworkTrace:
    """All that is known of one network. After a divergence all numbers are NaN.

    Attributes
    ----------
    diverged_at : int or None
        The step whose loss was not finite.
    loss, accuracy : arrays, shape (T, M)
        On the held-out examples; M = 1 without batch normalization, where both modes are one.
    summary : Summary with arrays of shape (T, M, sites, L) and (T, M, sites, L, B)
        Of the activations on held-out examples.
    saturated, dead : arrays, shape (T, L)
    gradient_norm : array, shape (T, M, L + 1)
        On the next training batch.
    update_ratio : array, shape (T, L + 1)
        Norm of the last update over norm of the weights; NaN before the first step.
    statistics : Statistics with arrays of shape (T, 2, L, C), or None
        Of the next training batch; None without batch normalization.
    """

    diverged_at: int | None
    loss: Array
    accuracy: Array
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    update_ratio: Array
    statistics: Statistics | None


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that a page shows of a run, or of its first part.

    Attributes
    ----------
    steps : array of int, shape (T,)
        Steps done at each snapshot; the first is 0.
    networks : dict of str to NetworkTrace
        ``"bn"`` and ``"none"``.
    start_hash : str
        Of the initial weights, which both networks share.
    n_steps : int
        Steps that the whole run will have.
    placement : str
        Of batch normalization, as in the settings.
    """

    steps: Array
    networks: dict[str, NetworkTrace]
    start_hash: str
    n_steps: int
    placement: str

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end."""
        return bool(self.steps[-1] == self.n_steps)

    def summary(self, norm: str, site: str, mode: int = TRAINING) -> Summary:
        """Return the summary of one network at one site, arrays of shape (T, L) and (T, L, B).

        Without batch normalization, "after BN" is what stands in its place: what the activation
        reads, or, with the placement after it, what the activation gives.
        """
        network = self.networks[norm]
        n_sites = network.summary.mean.shape[2]
        index = {"linear": 0, "activated": n_sites - 1}.get(site, 1 if n_sites == 3 else 0)
        if site == "normalized" and n_sites == 2 and self.placement == "after":
            index = 1
        return Summary(*(part[:, mode, index] for part in network.summary))

    def window(self, site: str) -> tuple[float, float]:
        """Return the values between which the distributions of a site are drawn.

        Wide enough for both networks nearly always, but never more than four times what the
        network with batch normalization needs: one that explodes would flatten the other.
        """
        needs, ends = {}, []
        for norm in (WITH, WITHOUT):
            summary = self.summary(norm, site)
            reach = np.abs(summary.mean) + 3.5 * summary.std
            finite = np.isfinite(reach)
            needs[norm] = float(np.quantile(reach[finite], 0.95)) if finite.any() else 0.0
            ends += [(np.min(summary.lo[finite]), np.max(summary.hi[finite]))] if finite.any() else []
        half = max(needs[WITH], min(needs[WITHOUT], 4 * needs[WITH])) or 1.0
        lo, hi = min(float(e[0]) for e in ends), max(float(e[1]) for e in ends)
        return max(-half, lo), min(half, hi)


class Experiment:
    """A run that can be watched while it goes on.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings(depth=1, width=8, n_steps=100))
    >>> for _ in range(4):
    ...     experiment.advance()
    >>> experiment.trace().steps
    array([0, 2, 4])
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        split = data.load(settings.dataset)
        self._x_held_out, self._y_held_out = split.x_test[:N_HELD_OUT], split.y_test[:N_HELD_OUT]
        self._x, self._y = split.x_train, split.y_train
        spec = Spec(
            n_inputs=self._x.shape[1],
            width=settings.width,
            depth=settings.depth,
            n_classes=split.n_classes,
            activation=settings.activation,
            placement=settings.placement,
            momentum=settings.momentum,
            eps=settings.eps,
            optimizer=settings.optimizer,
            lr=settings.lr,
        )
        self.weights = [
            w.astype(np.float32)
            for w in mlp_weights(spec.sizes, settings.activation, settings.init_scale, settings.seed)
        ]
        self.order = batch_order(len(self._x), settings.batch_size, settings.n_steps, settings.seed)
        self.trainers = {
            norm: Trainer(replace(spec, norm=norm), self.weights, self._x, self._y, self.order)
            for norm in (WITH, WITHOUT)
        }
        self._n_done = 0
        grid = np.linspace(0, settings.n_steps, N_SNAPSHOTS).round().astype(int)
        self.steps = np.unique(grid)
        self.snapshots: dict[str, list[Snapshot]] = {
            norm: [self._look(trainer, None)] for norm, trainer in self.trainers.items()
        }

    @property
    def n_taken(self) -> int:
        """Snapshots taken."""
        return len(self.snapshots[WITH])

    @property
    def finished(self) -> bool:
        """Whether all snapshots are taken."""
        return self.n_taken == len(self.steps)

    def advance(self) -> None:
        """Do one training step of both networks, and look at them if it is time to."""
        self._n_done += 1
        due = self._n_done == self.steps[self.n_taken]
        for norm, trainer in self.trainers.items():
            before = [w.copy() for w in trainer.parameters.weights] if due else None
            trainer.advance(1)
            if due:
                self.snapshots[norm].append(self._look(trainer, before))

    def _look(self, trainer: Trainer, before: list[Array] | None) -> Snapshot:
        batch = self.order[min(self._n_done, len(self.order) - 1)]
        # Held-out examples are many: a quarter of them draws a smooth histogram.
        snapshot = Snapshot(
            look_at_held_out(trainer, self._x_held_out, self._y_held_out, every=4),
            gradient_norms(trainer, self._x[batch], self._y[batch]),
            _update_ratio(trainer, before),
            self._statistics(trainer, batch) if trainer.spec.norm == WITH else None,
        )
        return snapshot if trainer.diverged_at is None else _lost(snapshot)

    def _statistics(self, trainer: Trainer, batch: NDArray[np.intp]) -> Statistics:
        many = self._x[:N_TRUE]
        return look_at_statistics(trainer, self._x[batch], many, n_units=N_UNITS)

    def trace(self) -> Trace:
        """Return what has been seen so far."""
        networks = {
            norm: _stack(self.trainers[norm].diverged_at, snapshots)
            for norm, snapshots in self.snapshots.items()
        }
        steps = self.steps[: self.n_taken]
        return Trace(
            steps,
            networks,
            start_hash(self.weights),
            self.settings.n_steps,
            self.settings.placement,
        )


def run(settings: Settings) -> Trace:
    """Train both networks to the end.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.

    Examples
    --------
    >>> trace = run(Settings(depth=1, width=8, n_steps=100))
    >>> trace.finished, trace.networks["bn"].loss.shape
    (True, (51, 2))
    """
    experiment = Experiment(settings)
    while not experiment.finished:
        experiment.advance()
    return experiment.trace()


def start_hash(weights: Sequence[Array]) -> str:
    """Return the first 12 digits of the SHA-256 of the initial weights.

    Examples
    --------
    >>> start_hash([np.zeros((2, 2), np.float32)])
    '374708fff771'
    """
    digest = hashlib.sha256()
    for w in weights:
        digest.update(np.ascontiguousarray(w).tobytes())
    return digest.hexdigest()[:12]


def _update_ratio(trainer: Trainer, before: list[Array] | None) -> Array:
    if before is None:
        return np.full(trainer.spec.depth + 1, np.nan, trainer.dtype)
    norm = np.linalg.norm
    with np.errstate(all="ignore"):
        return np.array(
            [norm(w - old) / norm(old) for w, old in zip(trainer.parameters.weights, before, strict=True)]
        )


def _map(function: Any, *parts: Any) -> Any:
    """Apply a function to arrays that lie at the same place in nested tuples."""
    first = parts[0]
    if first is None or isinstance(first, np.ndarray):
        return None if first is None else function(*parts)
    return type(first)(*(_map(function, *inner) for inner in zip(*parts, strict=True)))


def _lost(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same shape that says nothing."""
    lost: Snapshot = _map(
        lambda a: np.full_like(a, 0 if a.dtype.kind in "iu" else np.nan), snapshot
    )
    return lost


def _stack(diverged_at: int | None, snapshots: list[Snapshot]) -> NetworkTrace:
    together: Snapshot = _map(lambda *arrays: np.stack(arrays), *snapshots)
    held_out = together.held_out
    return NetworkTrace(
        diverged_at,
        held_out.loss,
        held_out.accuracy,
        held_out.summary,
        held_out.saturated,
        held_out.dead,
        together.gradient_norm,
        together.update_ratio,
        together.statistics,
    )
