"""What a run shows, in one to three sentences and as a table. All numbers come from the trace."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, Trace
from bnviz.numerals import counted, short

NAMES = {WITH: "with BN", WITHOUT: "without BN"}
PLAIN_GAP = 0.05
"""Nats: a smaller difference of two losses is not worth a sentence."""
PLAIN_RATIO = 1.25
"""Two losses nearer than this factor count as equal."""
LUCK = 0.15
"""A network has learned once its accuracy is this far above one in n classes."""
MODES_DIFFER = 0.1
"""Accuracies of the modes further apart than this are the first thing to say."""
BLOCKED = 1e-3
"""A gradient smaller than this share of the one at the output is as good as none."""
SAME = 0.05
"""Accuracies nearer than this count as equal: 256 examples tell no more.

Two standard errors of a difference, where 90% are right: 2 sqrt(2 x 0.9 x 0.1 / 256) = 0.053.
"""


def takeaway(trace: Trace, t: int = -1) -> str:
    """Return what has happened up to a snapshot, in two or three sentences of plain text."""
    step = trace.steps[t]
    if step == 0:
        return "Both networks stand at the start, with the same weights."
    ends = {norm: network.diverged_at for norm, network in trace.networks.items()}
    lost = {norm: end for norm, end in ends.items() if end is not None and end <= step}
    if lost:
        return f"{_when(trace, t)}: {_losses(trace, t, lost)}"
    return (
        f"{_when(trace, t)}: with BN {_right(trace, t, WITH)} of {_unseen(trace)} are right in "
        f"eval mode, without BN {_right(trace, t, WITHOUT)}. {_verdict(trace, t)}"
    )


def _when(trace: Trace, t: int) -> str:
    step = trace.steps[t]
    if step == trace.n_steps:
        return f"After {counted(step, 'step')}"
    if step == trace.steps[-1]:
        return f"So far, {counted(step, 'step')}"
    return f"After {step} of {trace.n_steps} steps"


def _losses(trace: Trace, t: int, lost: Mapping[str, int]) -> str:
    ends = [f"{NAMES[norm]} diverged at step {step}" for norm, step in lost.items()]
    if len(lost) == 2:
        return f"the network {' and the one '.join(ends)}. A lower learning rate may help."
    rest = WITH if WITHOUT in lost else WITHOUT
    right = f"gets {_right(trace, t, rest)} of {_unseen(trace)} right"
    return f"the network {ends[0]}. The one {NAMES[rest]} {right}."


def _verdict(trace: Trace, t: int) -> str:
    """Return how the two compare, once neither chance nor the modes explain the numbers."""
    bn, none = trace.networks[WITH], trace.networks[WITHOUT]
    train, evaluated = bn.accuracy[t, TRAINING], bn.accuracy[t, EVALUATION]
    without = none.accuracy[t, EVALUATION]
    losses = bn.loss[t, EVALUATION], none.loss[t, EVALUATION]
    if max(train, evaluated, without) < 1 / trace.n_classes + LUCK:
        return f"Neither network has learned much: guessing gets {1 / trace.n_classes:.0%} right."
    if abs(train - evaluated) > MODES_DIFFER:
        return (
            f"In train mode {train:.0%} are right with BN: the running statistics are far from "
            "those of the batches, so the two modes are two different networks."
        )
    if not np.isfinite(losses).all():
        return "A loss is too large to be written as a number."
    ahead = evaluated - without
    by_accuracy = int(np.sign(ahead)) if abs(ahead) >= SAME else 0
    return f"{_comparison(by_accuracy, *losses)}{_gap(trace, t)}"


def _comparison(by_accuracy: int, bn: float, none: float) -> str:
    """Return which network is better; by accuracy 1 and -1 are a clear lead with BN and without."""
    words = f"loss is {short(bn)} with BN and {short(none)} without"
    clear = abs(none - bn) >= PLAIN_GAP and max(bn, none) >= PLAIN_RATIO * min(bn, none)
    by_loss = int(np.sign(none - bn)) if clear else 0
    if by_loss * by_accuracy < 0:
        return f"The {words}: loss and accuracy disagree on which is better."
    if by_loss == by_accuracy == 0:
        return f"The {words}: no clear difference."
    verdict = f"BN {'helps' if by_loss + by_accuracy > 0 else 'does not help'} here"
    if by_loss == 0:
        return f"By accuracy {verdict}, though the losses are close: {short(bn)} and {short(none)}."
    return f"The {words}: {verdict}."


def _gap(trace: Trace, t: int) -> str:
    loss = trace.networks[WITH].loss[t]
    gap = loss[EVALUATION] - loss[TRAINING]
    if abs(gap) < PLAIN_GAP:
        return ""
    return f" Eval mode's loss is {short(abs(gap))} {'above' if gap > 0 else 'below'} train mode's."


def _right(trace: Trace, t: int, norm: str) -> str:
    return f"{trace.networks[norm].accuracy[t, EVALUATION]:.0%}"


def _unseen(trace: Trace) -> str:
    return "unseen digits" if trace.dataset == "digits" else "unseen points"


def blocked(trace: Trace, t: int = -1) -> bool:
    """Return whether BN lets next to no gradient down to layer 1, in train mode."""
    norms = trace.networks[WITH].gradient_norm[t, TRAINING]
    return bool(norms[0] < BLOCKED * norms[-1])


def table(trace: Trace) -> dict[str, Any]:
    """Return the numbers of a run as columns with a row for each snapshot; headings have units."""
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
