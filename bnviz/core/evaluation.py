"""Held-out examples and one training batch, sent through a network in both modes.

A trainer is only read here. Training mode cuts the examples into batches of the training size and
normalizes each with its own statistics; evaluation mode uses the running statistics. Without batch
normalization the two are the same, and only one is computed.

Shape legend: M modes (training, then evaluation), N batch, G batches, L hidden layers, C width,
B bins.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.functional import Standardized
from bnviz.core.losses import cross_entropy
from bnviz.core.network import Array
from bnviz.core.passes import Pass, backward, forward, loss_and_accuracy
from bnviz.core.summary import Summary, describe, flat_units, norm
from bnviz.core.trainer import Trainer


class HeldOut(NamedTuple):
    """A network's answers on held-out examples.

    Attributes
    ----------
    loss : array, shape (M,)
        Mean cross-entropy in nats.
    accuracy : array, shape (M,)
    summary : Summary with arrays of shape (M, sites, L) and (M, sites, L, B)
        Sites: before batch normalization, after it (absent without it), after the activation.
    saturated, dead : arrays, shape (L,)
        In training mode; see ``flat_units``.
    """

    loss: Array
    accuracy: Array
    summary: Summary
    saturated: Array
    dead: Array


class Statistics(NamedTuple):
    """Mean and variance of the first units, four times, each of shape (2, L, U).

    Attributes
    ----------
    batch : array
        Of one training batch; the variance is the unbiased one, comparable with the others.
    running : array
        What evaluation mode uses.
    true : array
        Of many training examples at the present weights.
    scatter : array
        Standard deviation with which ``batch`` scatters about ``true`` in theory.
    """

    batch: Array
    running: Array
    true: Array
    scatter: Array


def look_at_held_out(
    trainer: Trainer, x_ND: Array, labels_N: NDArray[np.integer], *, every: int = 1
) -> HeldOut:
    """Evaluate a network on held-out examples, in both modes.

    Parameters
    ----------
    trainer : Trainer
    x_ND, labels_N : arrays
        The batch size of the trainer must divide their length.
    every : int
        The summary counts each ``every``-th example only.

    Returns
    -------
    HeldOut
    """
    spec, p = trainer.spec, trainer.parameters
    with np.errstate(all="ignore"):
        modes = [forward(spec, p, x_ND, batch_size=trainer.n)]
        if spec.norm == "bn":
            modes.append(forward(spec, p, x_ND, running_stats=trainer.running_stats))
        scores = np.array([loss_and_accuracy(done.logits, labels_N) for done in modes])
        sites = [site for done in modes for site in _sites(done, every)]
        rows = np.stack([layer.ravel() for site in sites for layer in site])
        shape = (len(modes), -1, spec.depth)
        summary = describe(rows).each(lambda part: part.reshape(*shape, *part.shape[1:]))
        saturated, dead = flat_units(spec.activation, np.stack(modes[0].activated))
    return HeldOut(scores[:, 0], scores[:, 1], summary, saturated, dead)


def _sites(done: Pass, every: int) -> list[list[Array]]:
    sites = [done.linear, done.activated]
    if done.statistics:
        sites.insert(1, done.normalized)
    return [[layer[::every] for layer in site] for site in sites]


def look_at_batch(
    trainer: Trainer, x_ND: Array, labels_N: NDArray[np.integer]
) -> tuple[Array, list[Standardized]]:
    """Return the gradient norm of each weight matrix on one batch, and the batch's statistics.

    Parameters
    ----------
    trainer : Trainer
    x_ND, labels_N : arrays

    Returns
    -------
    norms : array, shape (M, L + 1)
        Euclidean norms; the last is that of the logits. In evaluation mode the running statistics
        are constants, as when a network is fine-tuned with batch normalization frozen.
    statistics : list of L Standardized
        In training mode; empty without batch normalization.
    """
    spec, p = trainer.spec, trainer.parameters
    modes: list[Array | None] = [None]
    if spec.norm == "bn":
        modes.append(trainer.running_stats)
    with np.errstate(all="ignore"):
        passes = [forward(spec, p, x_ND, running_stats=running) for running in modes]
        norms = []
        for done, running in zip(passes, modes, strict=True):
            _, dlogits_NK = cross_entropy(done.logits, labels_N)
            gradient = backward(spec, p, done, dlogits_NK, training=running is None)
            norms.append([norm(w.ravel()) for w in gradient.weights])
    return np.array(norms, trainer.dtype), passes[0].statistics


def compare_statistics(
    trainer: Trainer, batch: list[Standardized], many_ND: Array, *, n_units: int
) -> Statistics:
    """Compare the statistics of a batch with the running ones and with the true ones.

    Parameters
    ----------
    trainer : Trainer
        With batch normalization.
    batch : list of L Standardized
        Of one training batch, from ``look_at_batch``.
    many_ND : array
        Many training examples; the batch size must divide their length.
    n_units : int
        Units of each layer that are kept.

    Returns
    -------
    Statistics

    Notes
    -----
    "True" is over all of ``many_ND``, each of its batches normalized by itself on its way up, as
    the layer meets them in training (Wu & Johnson 2021 call this precise BN). The scatter of a
    mean of n independent values is ``sqrt(var / n)``, that of an unbiased variance
    ``var * sqrt((kurtosis - (n - 3) / (n - 1)) / n)``, whatever their distribution.
    """
    n = trainer.n
    with np.errstate(all="ignore"):
        many = forward(trainer.spec, trainer.parameters, many_ND, batch_size=n).statistics
        mean, var, fourth = np.array([_moments(s, n_units) for s in many]).swapaxes(0, 1)
        excess = fourth / np.square(var) - (n - 3) / (n - 1)
        spread = var * np.sqrt(np.maximum(excess, 0) / n)
        means = np.array([s.mean[0, 0, :n_units] for s in batch])
        unbiased = np.array([s.var[0, 0, :n_units] for s in batch]) * (n / (n - 1))
    return Statistics(
        np.array([means, unbiased]),
        trainer.running_stats[..., :n_units].copy(),
        np.array([mean, var]),
        np.array([np.sqrt(var / n), spread]),
    )


def _moments(s: Standardized, n_units: int) -> Array:
    """Return mean, variance and fourth central moment of what was standardized, shape (3, U)."""
    x_hat, inv_std, mean = s.x_hat[..., :n_units], s.inv_std[..., :n_units], s.mean[..., :n_units]
    values = x_hat / inv_std + mean
    centre = values.mean((0, 1))
    square = np.square(values - centre)
    return np.array([centre, square.mean((0, 1)), np.square(square).mean((0, 1))])
