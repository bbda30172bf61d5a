"""A network as it is drawn: what its units give for one example, or what it says in the plane.

All is in evaluation mode, but for the second map of a network with batch normalization.

Shape legend: T snapshots, L hidden layers, U units drawn, C width, K classes, N batch,
H places along a side of the map.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.losses import softmax
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import Pass, forward
from bnviz.labs.playground import example as examples
from bnviz.labs.playground.networks import next_batch, order_of, snapshot_steps, spec_of
from bnviz.labs.playground.running import Filter
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH, Drawn
from bnviz.labs.playground.training import Checkpoint

Bytes = NDArray[np.uint8]

MOST_UNITS = 64
"""Units of a layer that are drawn."""
MAP_SIDE = 32
"""Places along a side of the map."""
REACH = 2.5
"""The map goes from -REACH to REACH, in standard deviations of the training points."""
EVAL, TRAIN = "eval", "train"
RANGE = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (-3.0, 3.0)}
"""The activations between which the colours run."""
CONFIDENCES = 64
"""Levels of confidence on a map."""


class Drawing:
    """Follow a training from snapshot to snapshot, and draw it.

    Attributes
    ----------
    n_read : int
        Snapshots so far.
    """

    def __init__(self, settings: Settings, norm: str, example: str) -> None:
        self._settings, self._norm = settings, norm
        self._split, self._spec = data.load(settings.dataset), spec_of(settings, norm)
        self._order, self._steps = order_of(settings), snapshot_steps(settings.n_steps)
        self._filter = Filter(settings) if norm == WITH else None
        self._parameters = Parameters(self._spec, np.float32)
        self._plane = settings.dataset != "digits"
        self._x = places() if self._plane else examples.inputs(example)
        self.n_read = 0
        self._units: list[Bytes] = []
        self._outputs: list[Bytes] = []
        self._maps: dict[str, list[Bytes]] = {EVAL: []}
        if norm == WITH:
            self._maps[TRAIN] = []

    def read(self, checkpoint: Checkpoint) -> None:
        """Send the example, or the plane, through the network at its next snapshot."""
        self._parameters.flat[...] = checkpoint.flat
        running = None
        if self._filter is not None:
            self._filter.read(checkpoint)
            running = self._filter.stats
        with np.errstate(all="ignore"):
            seen = self._pass(running)
            if self._plane:
                self._maps[EVAL].append(map_code(seen.logits))
                if TRAIN in self._maps:
                    self._maps[TRAIN].append(map_code(self._pass(self._batch_stats()).logits))
            else:
                activated = np.stack([layer[0, :MOST_UNITS] for layer in seen.activated])
                self._units.append(unit_code(activated, self._settings.activation))
                self._outputs.append(np.round(255 * softmax(seen.logits)[0]).astype(np.uint8))
        self.n_read += 1

    @property
    def drawn(self) -> Drawn:
        """What there is so far."""
        n_units = min(self._spec.width, MOST_UNITS)
        units = _stacked(self._units, (self._spec.depth, n_units))
        outputs = _stacked(self._outputs, (self._spec.n_classes,))
        side = (MAP_SIDE, MAP_SIDE)
        maps = {mode: _stacked(codes, side) for mode, codes in self._maps.items()}
        return Drawn(True, units, outputs, maps)

    @property
    def nothing(self) -> Drawn:
        """What there is where the weights are not kept."""
        return self.drawn._replace(kept=False)

    def _pass(self, stats: Array | None) -> Pass:
        return forward(self._spec, self._parameters, self._x, running_stats=stats)

    def _batch_stats(self) -> Array:
        """Return mean and biased variance of the next training batch, shape (2, L, C)."""
        batch = next_batch(self._order, self._steps[self.n_read])
        seen = forward(self._spec, self._parameters, self._split.x_train[batch])
        return np.stack(
            [
                [s.mean.reshape(-1) for s in seen.statistics],
                [s.var.reshape(-1) for s in seen.statistics],
            ]
        )


def unit_code(activated: Array, activation: str) -> Bytes:
    """Return activations as colours: 0 and 255 are the ends of ``RANGE``, what is beyond is cut.

    Examples
    --------
    >>> unit_code(np.array([-9.0, 0.0, 3.0]), "relu").tolist()
    [0, 128, 255]
    """
    low, high = RANGE[activation]
    share = np.clip((np.nan_to_num(activated) - low) / (high - low), 0.0, 1.0)
    return np.asarray(np.round(255 * share), np.uint8)


def map_code(logits_NK: Array) -> Bytes:
    """Return class and confidence of each place, shape (H, H), the topmost row first.

    The number is 64 times the class, plus 0 for a probability of 1 / K up to 63 for 1.
    """
    p_NK = np.nan_to_num(softmax(logits_NK))
    n_classes = p_NK.shape[1]
    sure = np.clip((p_NK.max(axis=1) - 1 / n_classes) / (1 - 1 / n_classes), 0.0, 1.0)
    code = CONFIDENCES * p_NK.argmax(axis=1) + np.round((CONFIDENCES - 1) * sure)
    return np.asarray(code.reshape(MAP_SIDE, MAP_SIDE), np.uint8)


def places() -> NDArray[np.float32]:
    """Return the places of the map, shape (H * H, 2): row by row, the topmost first."""
    middle = (np.arange(MAP_SIDE) + 0.5) / MAP_SIDE * 2 - 1
    across, up = np.meshgrid(REACH * middle, -REACH * middle)
    return np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float32)


def _stacked(parts: list[Bytes], shape: tuple[int, ...]) -> Bytes:
    return np.stack(parts) if parts else np.empty((0, *shape), np.uint8)
