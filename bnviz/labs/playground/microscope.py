"""One BN layer under the microscope: the next training batch at a snapshot, in both modes.

Shape legend: N batch, C width.
"""

import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import Pass, forward
from bnviz.labs.arm import Arm, Pieces
from bnviz.labs.playground.arms import MOST_BYTES, as_it_trains, kept_bytes, training_arm
from bnviz.labs.playground.drawing import MOST_UNITS
from bnviz.labs.playground.networks import next_batch, order_of, snapshot_steps, spec_of
from bnviz.labs.playground.running import Filter
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH


class Seen(NamedTuple):
    """A BN layer in one mode.

    Attributes
    ----------
    x, x_hat, y : arrays, shape (N, C)
        What it reads, the same standardized, and what it gives.
    mean, var : arrays, shape (C,)
        What it standardizes with: of the batch (biased variance), or running.
    """

    x: Array
    x_hat: Array
    y: Array
    mean: Array
    var: Array


class Layer(NamedTuple):
    """A BN layer at a snapshot.

    Attributes
    ----------
    examples : array of int, shape (N,)
        The batch, as places in the training part.
    train, evaluation : Seen
        In evaluation mode the layers before use running statistics, too, so that x differs.
    gamma, beta : arrays, shape (C,)
    """

    examples: NDArray[np.intp]
    train: Seen
    evaluation: Seen
    gamma: Array
    beta: Array


def layer_arm(settings: Settings, t: int, layer: int) -> Arm:
    """Return the arm that looks at a layer, counted from 0, at snapshot ``t``.

    Raises
    ------
    ValueError
        If the weights at the snapshots are not kept, or there is no such layer.
    """
    if kept_bytes(settings) > MOST_BYTES:
        raise ValueError("the weights at each snapshot are too large to keep")
    if not 0 <= layer < settings.depth:
        raise ValueError(f"layer must be between 0 and {settings.depth - 1}, got {layer}")
    return Arm(measure_layer, (settings, t, layer), near=training_arm(settings))


def course_arm(settings: Settings, layer: int, unit: int) -> Arm:
    """Return the arm that follows a unit through all snapshots; it refuses as `layer_arm` does."""
    layer_arm(settings, 0, layer)
    return Arm(measure_course, (settings, layer, unit), near=training_arm(settings))


def measure_course(settings: Settings, layer: int, unit: int) -> Pieces:
    """Return what a unit reads of the next batch at each snapshot, in both modes.

    It is an array of float32, shape (T, 2, N + 2), for T snapshots up to a divergence, in train and
    in eval mode: its N inputs, and the mean and the standard deviation that it standardizes with.
    """
    for so_far in as_it_trains(settings, WITH):
        trained = so_far
        yield None
    running, rows = Filter(settings), []
    for k, checkpoint in enumerate(trained.checkpoints):
        running.read(checkpoint)
        _, *modes = _passes(settings, checkpoint.flat, running.stats, k)
        seen = [_seen(done, layer, settings.placement) for done in modes]
        rows.append([[*s.x[:, unit], s.mean[unit], np.sqrt(s.var[unit])] for s in seen])
        yield None
    return np.array(rows, np.float32)


def _passes(settings: Settings, flat: Array, stats: Array, t: int) -> tuple[Any, ...]:
    """Return the next batch at a snapshot, and its passes in train mode and in eval mode."""
    spec, x = spec_of(settings, WITH), data.load(settings.dataset).x_train
    parameters = Parameters(spec, np.float32)
    parameters.flat[...] = flat
    batch = next_batch(order_of(settings), snapshot_steps(settings.n_steps)[t])
    with np.errstate(all="ignore"):
        train = forward(spec, parameters, x[batch])
        evaluation = forward(spec, parameters, x[batch], running_stats=stats)
    return batch, train, evaluation


def measure_layer(settings: Settings, t: int, layer: int) -> Pieces:
    """Send the next training batch through the network in both modes: a Layer.

    It trains nothing that has been trained. A snapshot after a divergence is the last one before.
    """
    for trained in as_it_trains(settings, WITH):
        if len(trained.checkpoints) > t:
            break
        yield None
    running, checkpoints = Filter(settings), trained.checkpoints[: t + 1]
    for checkpoint in checkpoints:
        running.read(checkpoint)
    last = checkpoints[-1].flat
    batch, train, evaluation = _passes(settings, last, running.stats, len(checkpoints) - 1)
    parameters = Parameters(spec_of(settings, WITH), np.float32)
    parameters.flat[...] = last
    gamma, beta = parameters.gamma[layer].copy(), parameters.beta[layer].copy()
    place = settings.placement
    return Layer(batch, _seen(train, layer, place), _seen(evaluation, layer, place), gamma, beta)


def _seen(done: Pass, layer: int, placement: str) -> Seen:
    read = done.linear if placement == "before" else done.activated
    s = done.statistics[layer]
    x_hat = s.x_hat.reshape(read[layer].shape)
    mean, var = np.array(s.mean).reshape(-1), np.array(s.var).reshape(-1)
    return Seen(read[layer], x_hat, done.normalized[layer], mean, var)


def read_unit(text: str, settings: Settings) -> tuple[tuple[int, int] | None, str | None]:
    """Return the layer and the unit that a link names, from 0, and why it is another than it says.

    Examples
    --------
    >>> read_unit("2.17", Settings())
    ((1, 16), None)
    >>> read_unit("9.17", Settings())
    ((5, 16), 'is not there; the nearest one, 6.17, is shown')
    """
    found = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})", text.strip(), re.ASCII)
    if not found:
        return None, "is no layer and unit, as 2.17; it is set aside"
    layer, unit = map(int, found.groups())
    most = min(settings.width, MOST_UNITS)
    near = min(max(layer, 1), settings.depth), min(max(unit, 1), most)
    why = None
    if near != (layer, unit):
        why = f"is not there; the nearest one, {unit_text(near[0] - 1, near[1] - 1)}, is shown"
    return (near[0] - 1, near[1] - 1), why


def unit_text(layer: int, unit: int) -> str:
    """Return a layer and a unit as they stand in a link, counted from 1.

    Examples
    --------
    >>> unit_text(1, 16)
    '2.17'
    """
    return f"{layer + 1}.{unit + 1}"
