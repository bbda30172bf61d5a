"""The arms of a run: what is computed, each by what it depends on, and the trace of all of them.

- The network without batch normalization depends on none of momentum, epsilon and placement.
- The training of the network with it does not depend on momentum.
- Evaluation mode depends on everything. It asks for the training, and reads it as it goes on.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from bnviz.core import data
from bnviz.core.network.parameters import Parameters
from bnviz.labs.arm import Arm, Pieces, Plan, begin
from bnviz.labs.playground.networks import snapshot_steps, spec_of
from bnviz.labs.playground.running import Running
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.snapshots import traced
from bnviz.labs.playground.trace import WITH, WITHOUT, NetworkTrace, Trace
from bnviz.labs.playground.training import Trained, Training, train

MOST_BYTES = 16 * 2**20
"""Bytes of weights and statistics that a training keeps; the default has 5.3 MB.

A training that would keep more keeps nothing, and a moved momentum trains again: the same bytes,
only later.
"""


def plan(settings: Settings) -> Plan:
    """Return the arms of a run by the name of the network, and how a Trace is made of them."""
    s = Settings()
    plain = replace(settings, momentum=s.momentum, eps=s.eps, placement=s.placement)
    arms = {
        WITH: Arm(measure_with, (settings,), near=training_arm(settings)),
        WITHOUT: Arm(measure_without, (plain,)),
    }
    return Plan(arms, put_together, (settings,))


def run(settings: Settings) -> Trace:
    """Do all the work here and now. The same settings give the same bytes.

    Examples
    --------
    >>> trace = run(Settings(depth=1, width=8, n_steps=100))
    >>> trace.finished, trace.networks["bn"].loss.shape
    (True, (25, 2))
    """
    trace: Trace = plan(settings).finish()
    return trace


def training_arm(settings: Settings) -> Arm:
    """Return the training of the network with batch normalization, whatever the momentum."""
    return Arm(train, (replace(settings, momentum=Settings().momentum), WITH))


def measure_without(settings: Settings) -> Pieces:
    """Train without batch normalization, and offer what was seen of it: a NetworkTrace."""
    training = Training(settings, WITHOUT)
    while not training.finished:
        yield lambda: traced(training.trained, settings.n_steps)
        training.advance()
    return traced(training.trained, settings.n_steps)


def measure_with(settings: Settings) -> Pieces:
    """Train with batch normalization, if nobody has, and offer both modes: a NetworkTrace."""
    running = Running(settings)
    for trained in _as_it_trains(settings):
        for checkpoint in trained.checkpoints[len(running.looks) :]:
            running.read(checkpoint)
            yield lambda: traced(trained, settings.n_steps, running)  # noqa: B023, at once
        yield lambda: traced(trained, settings.n_steps, running)  # noqa: B023, at once
    return traced(trained, settings.n_steps, running)


def _as_it_trains(settings: Settings) -> Iterator[Trained]:
    """Give a training after each of its steps, as far as it is: shared, or one of its own."""
    if kept_bytes(settings) <= MOST_BYTES:
        work = begin(training_arm(settings))
        while not work.finished:
            work.advance()
            yield work.found()
        yield work.found()
        return
    training = Training(settings, WITH)
    yield training.trained
    while not training.finished:
        training.advance()
        yield training.trained
        training.trained.forget()  # it has been read, and nobody else will


def kept_bytes(settings: Settings) -> int:
    """Return the bytes of weights and statistics that a shared training keeps."""
    spec, s = spec_of(settings, WITH), settings
    flat = Parameters(spec, np.float32).flat
    n_statistics = 2 * s.n_steps * s.depth * s.width
    return len(snapshot_steps(s.n_steps)) * flat.nbytes + n_statistics * flat.itemsize


def put_together(settings: Settings, bn: NetworkTrace, none: NetworkTrace) -> Trace:
    """Return the trace of both networks, as far as both have come."""
    n_snapshots = min(len(bn.loss), len(none.loss))
    steps = snapshot_steps(settings.n_steps)[:n_snapshots]
    networks = {WITH: bn.first(steps), WITHOUT: none.first(steps)}
    n_classes = data.load(settings.dataset).n_classes
    return Trace(steps, networks, settings.n_steps, settings.placement, settings.dataset, n_classes)
