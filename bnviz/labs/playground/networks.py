"""What both networks of a run share: the start, the batches and the steps at which they are seen.

Shape legend: S steps, N batch, D inputs, C width.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH

N_SNAPSHOTS = 21
"""Evenly over the run. A snapshot costs about as much as ten training steps."""
EARLY = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80)
"""These come on top: a network learns most, and diverges, in its first steps."""
OF_THE_NETWORK = ["width", "depth", "activation", "placement", "momentum", "eps", "optimizer", "lr"]
"""Settings that describe a network."""


def spec_of(settings: Settings, norm: str) -> Spec:
    """Return the description of the network with or without batch normalization."""
    split = data.load(settings.dataset)
    parts = {name: getattr(settings, name) for name in OF_THE_NETWORK}
    n_inputs = split.x_train.shape[1]
    return Spec(n_inputs=n_inputs, n_classes=split.n_classes, norm=norm, **parts)


def start_weights(settings: Settings) -> list[Array]:
    """Return the initial weights, which both networks share, arrays of shape (D, C)."""
    spec = spec_of(settings, WITH)
    weights = mlp_weights(spec.sizes, spec.activation, settings.init_scale, settings.seed)
    return [w.astype(np.float32) for w in weights]


def order_of(settings: Settings) -> NDArray[np.intp]:
    """Return the examples of each step, which both networks share, shape (S, N)."""
    n_examples = len(data.load(settings.dataset).x_train)
    return batch_order(n_examples, settings.batch_size, settings.n_steps, settings.seed)


def next_batch(order_SN: NDArray[np.intp], n_done: int) -> NDArray[np.intp]:
    """Return the examples of the next step, shape (N,); after the last one there is no other."""
    return order_SN[min(n_done, len(order_SN) - 1)]


def snapshot_steps(n_steps: int) -> NDArray[np.int_]:
    """Return the steps after which a run is looked at; the first is 0."""
    grid = np.linspace(0, n_steps, N_SNAPSHOTS).round().astype(int)
    return np.unique([*EARLY, *grid])


def start_hash(weights: Sequence[Array]) -> str:
    """Return the first 12 digits of the SHA-256 of the initial weights."""
    digest = hashlib.sha256()
    for w in weights:
        digest.update(np.ascontiguousarray(w).tobytes())
    return digest.hexdigest()[:12]
