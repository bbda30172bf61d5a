"""What a run shows, in one sentence and as a table. All numbers come from the trace."""

from typing import Any

import numpy as np

from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, Trace
from bnviz.numerals import short as short  # labs/rates takes it from here

NAMES = {WITH: "with BN", WITHOUT: "without BN"}
PLAIN_GAP = 0.05
"""Nats: a smaller difference of the modes is not worth a sentence."""
CHANCE = 0.06
"""An accuracy this close to one in n classes may be luck."""
MODES_DIFFER = 0.1
"""Accuracies of the modes further apart than this are the first thing to say."""
SAME = 0.03
"""Accuracies nearer than this count as equal: 256 examples tell no more."""


def takeaway(trace: Trace) -> str:
    """Say what has happened so far.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    str
        Two or three short sentences, plain text.
    """
    if trace.steps[-1] == 0:
        return "Both networks stand at the start, with the same weights."
    lost = [norm for norm, network in trace.networks.items() if network.diverged_at is not None]
    if lost:
        return f"{_when(trace)}: {_losses(trace, lost)}"
    return f"{_when(trace)}: {_scores(trace)} {_verdict(trace)}"


def _when(trace: Trace) -> str:
    return f"{'After' if trace.finished else 'So far,'} {trace.steps[-1]} steps"


def _losses(trace: Trace, lost: list[str]) -> str:
    ends = [f"{NAMES[norm]} diverged at step {trace.networks[norm].diverged_at}" for norm in lost]
    if len(lost) == 2:
        return f"the network {' and the one '.join(ends)}. A lower learning rate may help."
    rest = WITH if lost == [WITHOUT] else WITHOUT
    right = f"gets {_right(trace, rest)} of {_unseen(trace)} right"
    return f"the network {ends[0]}. The one {NAMES[rest]} {right}."


def _scores(trace: Trace) -> str:
    return (
        f"with BN {_right(trace, WITH)} of {_unseen(trace)} are right in eval mode, "
        f"without BN {_right(trace, WITHOUT)}."
    )


def _verdict(trace: Trace) -> str:
    """Compare the two networks, once neither chance nor the modes explain the numbers."""
    bn, none = trace.networks[WITH], trace.networks[WITHOUT]
    train, evaluated, without = (
        bn.accuracy[-1, TRAINING],
        bn.accuracy[-1, EVALUATION],
        none.accuracy[-1, 0],
    )
    losses = bn.loss[-1, EVALUATION], none.loss[-1, 0]
    if max(train, evaluated, without) < 1 / trace.n_classes + CHANCE:
        return "Neither network has learned: guessing would do as well."
    if abs(train - evaluated) > MODES_DIFFER:
        return (
            f"In train mode it is {train:.0%} with BN: the running statistics do not stand for "
            "the batches, so the two modes are two different networks."
        )
    if not np.isfinite(losses).all():
        return "A loss is too large to be written as a number."
    words = f"The loss is {short(losses[0])} with BN and {short(losses[1])} without"
    ahead, better = (evaluated - without), losses[0] < losses[1]
    if abs(ahead) < SAME and 0.8 < losses[0] / losses[1] < 1.25:
        return f"{words}: BN makes little difference here."
    if abs(ahead) >= SAME and better != (ahead > 0):
        return f"{words}: loss and accuracy disagree on which is better."
    return f"{words}: BN {'helps' if better else 'does not help'} here.{_gap(trace)}"


def _gap(trace: Trace) -> str:
    loss = trace.networks[WITH].loss[-1]
    gap = loss[EVALUATION] - loss[TRAINING]
    if abs(gap) < PLAIN_GAP:
        return ""
    return f" Eval mode's loss is {short(abs(gap))} {'above' if gap > 0 else 'below'} train mode's."


def _right(trace: Trace, norm: str) -> str:
    return f"{trace.networks[norm].accuracy[-1, EVALUATION]:.0%}"


def _unseen(trace: Trace) -> str:
    return "unseen digits" if trace.dataset == "digits" else "unseen points"


def table(trace: Trace) -> dict[str, Any]:
    """Return the numbers of a run as columns, a row for each snapshot.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to array, shape (T,)
        Heading, with its unit, to values.
    """
    columns: dict[str, Any] = {"step": trace.steps}
    for norm, network in trace.networks.items():
        modes = {"": EVALUATION} if norm == WITHOUT else {", train": TRAINING, ", eval": EVALUATION}
        for words, mode in modes.items():
            columns[f"loss {NAMES[norm]}{words} (nats)"] = network.loss[:, mode]
            columns[f"accuracy {NAMES[norm]}{words}"] = network.accuracy[:, mode]
    for norm, network in trace.networks.items():
        summary = trace.summary(norm, "activated")
        for layer in range(summary.std.shape[1]):
            where = f"{NAMES[norm]}, layer {layer + 1}"
            columns[f"activation mean {where}"] = summary.mean[:, layer]
            columns[f"activation std {where}"] = summary.std[:, layer]
            columns[f"saturated {where}"] = network.saturated[:, layer]
            columns[f"dead units {where}"] = network.dead[:, layer]
            columns[f"gradient norm {where}"] = network.gradient_norm[:, TRAINING, layer]
            columns[f"update ratio {where}"] = network.update_ratio[:, layer]
    return columns
