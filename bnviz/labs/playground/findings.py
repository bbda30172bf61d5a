"""What a run shows, in one sentence and as a table. All numbers come from the trace."""

from typing import Any

import numpy as np

from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, NetworkTrace, Trace

NAMES = {WITH: "with BN", WITHOUT: "without BN"}
PLAIN_GAP = 0.05
"""Nats: a smaller difference of the modes is not worth a sentence."""


def takeaway(trace: Trace) -> str:
    """Say what has happened so far.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    str
        One or two sentences, plain text.
    """
    bn, none = trace.networks[WITH], trace.networks[WITHOUT]
    step = int(trace.steps[-1])
    if step == 0:
        return "Both networks stand at the start, with the same weights."
    lost = [f"{NAMES[n]} at step {net.diverged_at}" for n, net in _lost(trace)]
    if len(lost) == 2:
        return f"Both networks diverged: {' and '.join(lost)}. A lower learning rate may help."
    if bn.diverged_at is not None or none.diverged_at is not None:
        norm, rest = (WITHOUT, bn) if bn.diverged_at is None else (WITH, none)
        other = WITH if norm == WITHOUT else WITHOUT
        return (
            f"The network {NAMES[norm]} diverged at step {trace.networks[norm].diverged_at}. "
            f"The one {NAMES[other]} gets {_right(rest)} of the held-out examples right "
            f"after {step} steps.{_gap(rest)}"
        )
    return (
        f"After {step} steps {_right(bn)} of the held-out examples are right with BN (eval mode) "
        f"and {_right(none)} without.{_verdict(bn, none)}{_gap(bn)}"
    )


def _lost(trace: Trace) -> list[tuple[str, NetworkTrace]]:
    return [(n, net) for n, net in trace.networks.items() if net.diverged_at is not None]


def _right(network: NetworkTrace) -> str:
    return f"{network.accuracy[-1, EVALUATION]:.0%}"


def _verdict(bn: NetworkTrace, none: NetworkTrace) -> str:
    with_loss, without_loss = bn.loss[-1, EVALUATION], none.loss[-1, EVALUATION]
    if not np.isfinite(with_loss):
        return " The loss with BN is too large to be written as a number."
    if with_loss < 0.8 * without_loss:
        return (
            f" The loss is {_nats(with_loss)} with BN and {_nats(without_loss)} without: BN helps."
        )
    if without_loss < 0.8 * with_loss:
        return (
            f" The loss is {_nats(with_loss)} with BN and {_nats(without_loss)} without: "
            "BN does not help here."
        )
    return " The two losses are within a fifth of each other: BN makes little difference here."


def _gap(bn: NetworkTrace) -> str:
    if bn.loss.shape[1] == 1:
        return ""
    gap = bn.loss[-1, EVALUATION] - bn.loss[-1, TRAINING]
    if not np.isfinite(gap) or abs(gap) < PLAIN_GAP:
        return ""
    word = "above" if gap > 0 else "below"
    return f" Eval mode's loss is {_nats(abs(gap))} {word} that of train mode."


def _nats(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.1e}"


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
