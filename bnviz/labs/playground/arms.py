"""The arms of a run: what is computed, each by what it depends on, and the trace of all of them.

- The network without batch normalization depends on none of momentum, epsilon and placement.
- The training of the network with it does not depend on momentum.
- A drawing of a network depends on its training, on momentum and on the example that it is shown.
- Evaluation mode depends on everything. It asks for the training, and reads it as it goes on.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from bnviz.core import data
from bnviz.core.network.parameters import Parameters
from bnviz.labs.arm import Arm, Pieces, Plan, begin
from bnviz.labs.playground.drawing import Drawing
from bnviz.labs.playground.networks import snapshot_steps, spec_of
from bnviz.labs.playground.running import Running
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.snapshots import traced
from bnviz.labs.playground.trace import WITH, WITHOUT, Drawn, NetworkTrace, Trace
from bnviz.labs.playground.training import Trained, Training, train

MOST_BYTES = 16 * 2**20
"""Bytes of weights and statistics that a training keeps; the default has 5.3 MB.

A training that would keep more keeps nothing, and a moved momentum trains again: the same bytes,
only later.
"""


def plan(settings: Settings, example: str | None = None) -> Plan:
    """Return the arms of a run by the name of the network, and how a Trace is made of them.

    With an example, a text as ``example.read`` gives it, the trace has the networks drawn, too.
    """
    near = {norm: training_arm(settings, norm) for norm in (WITH, WITHOUT)}
    arms = {
        WITH: Arm(measure_with, (settings,), near=near[WITH]),
        WITHOUT: Arm(measure_without, (plain(settings),), near=near[WITHOUT]),
    }
    if example is not None:
        of = {WITH: settings, WITHOUT: plain(settings)}
        for norm in (WITH, WITHOUT):
            needs = (of[norm], norm, example if settings.dataset == "digits" else "")
            arms[f"drawn_{norm}"] = Arm(measure_drawn, needs, near=near[norm])
    return Plan(arms, put_together, (settings,))


def plain(settings: Settings) -> Settings:
    """Return settings with the defaults for what a network without batch norm does not read."""
    s = Settings()
    return replace(settings, momentum=s.momentum, eps=s.eps, placement=s.placement)


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


def training_arm(settings: Settings, norm: str = WITH) -> Arm:
    """Return the training of a network, whatever it does not depend on."""
    if norm == WITHOUT:
        return Arm(train, (plain(settings), WITHOUT))
    return Arm(train, (replace(settings, momentum=Settings().momentum), WITH))


def measure_without(settings: Settings) -> Pieces:
    """Train without batch normalization, if nobody has, and offer what was seen: a NetworkTrace."""
    for trained in as_it_trains(settings, WITHOUT):
        yield lambda: traced(trained, settings.n_steps)  # noqa: B023, at once
    return traced(trained, settings.n_steps)


def measure_with(settings: Settings) -> Pieces:
    """Train with batch normalization, if nobody has, and offer both modes: a NetworkTrace."""
    running = Running(settings)
    for trained in as_it_trains(settings, WITH):
        for checkpoint in trained.checkpoints[len(running.looks) :]:
            running.read(checkpoint)
            yield lambda: traced(trained, settings.n_steps, running)  # noqa: B023, at once
        yield lambda: traced(trained, settings.n_steps, running)  # noqa: B023, at once
    return traced(trained, settings.n_steps, running)


def measure_drawn(settings: Settings, norm: str, example: str) -> Pieces:
    """Send an example through a network at each snapshot, as it trains: a Drawn.

    Nothing is trained for it. Where the weights are not kept there is nothing to draw.
    """
    drawing = Drawing(settings, norm, example)
    if kept_bytes(settings, norm) > MOST_BYTES:
        return drawing.nothing
    for trained in as_it_trains(settings, norm):
        for checkpoint in trained.checkpoints[drawing.n_read :]:
            drawing.read(checkpoint)
            yield lambda: drawing.drawn
        yield lambda: drawing.drawn
    return drawing.drawn


def as_it_trains(settings: Settings, norm: str) -> Iterator[Trained]:
    """Give a training after each of its steps, as far as it is: shared, or one of its own."""
    if kept_bytes(settings, norm) <= MOST_BYTES:
        work = begin(training_arm(settings, norm))
        while not work.finished:
            work.advance()
            yield work.found()
        yield work.found()
        return
    training = Training(settings, norm)
    yield training.trained
    while not training.finished:
        training.advance()
        yield training.trained
        training.trained.forget()  # it has been read, and nobody else will


def kept_bytes(settings: Settings, norm: str = WITH) -> int:
    """Return the bytes of weights and statistics that a shared training keeps."""
    spec, s = spec_of(settings, norm), settings
    flat = Parameters(spec, np.float32).flat
    n_statistics = 2 * s.n_steps * s.depth * s.width if norm == WITH else 0
    return len(snapshot_steps(s.n_steps)) * flat.nbytes + n_statistics * flat.itemsize


def put_together(settings: Settings, bn: NetworkTrace, none: NetworkTrace, **drawn: Drawn) -> Trace:
    """Return the trace of both networks, as far as both have come."""
    n_snapshots = min(len(bn.loss), len(none.loss))
    steps = snapshot_steps(settings.n_steps)[:n_snapshots]
    networks = {WITH: bn.first(steps), WITHOUT: none.first(steps)}
    n_classes = data.load(settings.dataset).n_classes
    seen = {name.removeprefix("drawn_"): one for name, one in drawn.items()}
    s = settings
    return Trace(steps, networks, s.n_steps, s.placement, s.dataset, n_classes, seen)
