"""Looks at a network between two steps: held-out examples, and the gradient of the next batch.

Training mode cuts the examples into batches of the training size and normalizes each with its own
statistics; evaluation mode uses the running statistics. Without batch normalization the two are
the same, and a look in training mode is all there is.

Shape legend: N batch, L hidden layers, C width, B bins, U units, P parameters, K classes.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_accuracy
from bnviz.core.network.spec import Spec
from bnviz.core.stats.summary import Summary, describe, flat_units, norm
from bnviz.core.train.bound_network import BoundNetwork
from bnviz.core.train.trainer import Trainer


class HeldOut(NamedTuple):
    """Examples that a network never trains on, and how many of them a summary counts.

    Attributes
    ----------
    x : array, shape (N, D)
    labels : array of int, shape (N,)
    every : int
        The summary counts each ``every``-th example only.
    """

    x: Array
    labels: NDArray[np.integer]
    every: int = 1


class BatchStatistics(NamedTuple):
    """Mean and variance of the first units, three times, each of shape (2, L, U).

    Attributes
    ----------
    batch : array
        Of one training batch; the variance is the unbiased one, comparable with the others.
    true : array
        Of many training examples at the present weights.
    scatter : array
        Standard deviation with which ``batch`` scatters about ``true`` in theory.
    """

    batch: Array
    true: Array
    scatter: Array


class Look(NamedTuple):
    """One network at one step in one mode.

    Attributes
    ----------
    loss : float
        Mean cross-entropy on held-out examples, in nats.
    accuracy : float
        On held-out examples.
    summary : Summary with arrays of shape (sites, L) and (sites, L, B)
        On held-out examples. Sites: before batch normalization, after it (absent without it),
        after the activation.
    gradient_norm : array, shape (L + 1,)
        Euclidean norm of the gradient of each weight matrix on the next batch; the last is that of
        the logits. In evaluation mode the running statistics are constants, as when a network is
        fine-tuned with batch normalization frozen.
    """

    loss: float
    accuracy: float
    summary: Summary
    gradient_norm: Array


class TrainingLook(NamedTuple):
    """What is seen in training mode only, beside the look.

    Attributes
    ----------
    look : Look
    saturated, dead : arrays, shape (L,)
        On held-out examples; see ``flat_units``.
    statistics : BatchStatistics or None
        Of the next batch; None without batch normalization.
    """

    look: Look
    saturated: Array
    dead: Array
    statistics: BatchStatistics | None


class TrainingMode:
    """Look at networks in training mode, over arrays that are allocated once.

    Parameters
    ----------
    spec : Spec
        Of a network without a norm or with batch normalization, without dropout and spectral
        normalization.
    held_out : HeldOut
        With batch normalization the batch size must divide their number.
    many_ND : array
        Many training examples, for the true statistics; the batch size must divide their number.
    n : int
        The batch size.
    n_units : int
        Units of each layer whose statistics are kept.
    dtype : dtype-like

    Raises
    ------
    ValueError
        If the network has what this cannot do, or the batch size does not divide the examples.
    """

    def __init__(
        self,
        spec: Spec,
        held_out: HeldOut,
        many_ND: Array,
        n: int,
        *,
        n_units: int = 8,
        dtype: np.dtype | type = np.float32,
    ) -> None:
        _check(spec)
        x_ND, self._n_units, self._has_statistics = held_out.x, n_units, spec.norm == "bn"
        if spec.norm == "bn":
            for examples in (x_ND, many_ND):
                if len(examples) % n:
                    raise ValueError(f"batch_size must divide {len(examples)} examples, got {n}")
            x_ND = np.concatenate([x_ND, many_ND])
            # Batches side by side, each with its own statistics, are the chunks of ghost BN.
            spec = replace(spec, norm="ghost", ghost_size=n)
        self._parameters, scratch = Parameters(spec, dtype), Parameters(spec, dtype)
        self._network = BoundNetwork(spec, self._parameters, scratch, len(x_ND))
        self._network.bind(x_ND.astype(dtype), np.zeros_like(self._network.logits))
        self._eyes = _Eyes(self._network, held_out)

    @np.errstate(all="ignore")
    def look(self, trainer: Trainer) -> TrainingLook:
        """Return what there is to see of a network of this description, as it is now.

        The trainer is only read, but for scratch arrays that its next step overwrites.
        """
        self._parameters.flat[...] = trainer.parameters.flat
        seen = self._eyes.look()
        flat = flat_units(trainer.spec.activation, self._network.activated[:, : self._eyes.n])
        trainer.peek()
        norms = [norm(w.ravel()) / trainer.gradient_scale for w in trainer.gradient.weights]
        statistics = self._statistics(trainer) if self._has_statistics else None
        return TrainingLook(Look(*seen, np.array(norms, trainer.dtype)), *flat, statistics)

    def _statistics(self, trainer: Trainer) -> BatchStatistics:
        """Compare the statistics of the next batch with the true ones.

        "True" is over many examples, each of their batches normalized by itself on its way up, as
        the layer meets them in training (Wu & Johnson 2021 call this precise BN). The scatter of a
        mean of n independent values is ``sqrt(var / n)``, that of an unbiased variance
        ``var * sqrt((kurtosis - (n - 3) / (n - 1)) / n)``, whatever their distribution.
        """
        units, n, network = slice(self._n_units), trainer.n, self._network
        read = network.linear if network.spec.placement == "before" else network.activated
        values_LNU = read[:, self._eyes.n :, units]
        mean = values_LNU.mean(1)
        square = np.square(values_LNU - mean[:, None])
        var, fourth = square.mean(1), np.square(square).mean(1)
        excess = fourth / np.square(var) - (n - 3) / (n - 1)
        spread = var * np.sqrt(np.maximum(excess, 0) / n)
        batch = trainer.batch_stats[..., units].copy()
        batch[1] *= n / (n - 1)
        return BatchStatistics(batch, np.array([mean, var]), np.array([np.sqrt(var / n), spread]))


class EvaluationMode:
    """Look at a network with batch normalization in evaluation mode, at any weights.

    Parameters
    ----------
    spec : Spec
        Of a network with batch normalization, without dropout and spectral normalization.
    held_out : HeldOut
    n : int
        Examples of the batch whose gradient is asked for.
    dtype : dtype-like

    Raises
    ------
    ValueError
        If the network has what this cannot do.
    """

    def __init__(
        self, spec: Spec, held_out: HeldOut, n: int, *, dtype: np.dtype | type = np.float32
    ) -> None:
        _check(spec)
        self._parameters, self._gradient = Parameters(spec, dtype), Parameters(spec, dtype)
        held = BoundNetwork(spec, self._parameters, self._gradient, len(held_out.x), training=False)
        held.bind(held_out.x.astype(dtype), np.zeros_like(held.logits))
        self._running_stats = held.running_stats
        self._next = BoundNetwork(
            spec, self._parameters, self._gradient, n,
            running_stats=held.running_stats, training=False,
        )  # fmt: skip
        self._x_ND = np.zeros((n, spec.n_inputs), dtype)
        self._target_NK = np.zeros((n, spec.n_classes), dtype)
        self._next.bind(self._x_ND, self._target_NK)
        self._eyes = _Eyes(held, held_out)

    @np.errstate(all="ignore")
    def look(
        self, flat_P: Array, running_stats: Array, x_ND: Array, labels_N: NDArray[np.integer]
    ) -> Look:
        """Return what there is to see with these parameters and running statistics.

        Parameters
        ----------
        flat_P : array, shape (P,)
            As in ``Parameters.flat``.
        running_stats : array, shape (2, L, C)
        x_ND, labels_N : arrays
            The batch whose gradient is asked for.
        """
        self._parameters.flat[...], self._running_stats[...] = flat_P, running_stats
        seen = self._eyes.look()
        self._x_ND[...] = x_ND
        self._target_NK[...] = 0
        self._target_NK[np.arange(len(labels_N)), labels_N] = 1
        self._next.forward()
        self._next.backward()
        norms = [norm(w.ravel()) for w in self._gradient.weights]
        return Look(*seen, np.array(norms, self._next.dtype))


class _Eyes:
    """Send held-out examples through a network, which may read further ones after them."""

    def __init__(self, network: BoundNetwork, held_out: HeldOut) -> None:
        self.n, self._network, self._labels_N = len(held_out.x), network, held_out.labels
        self._thin = slice(0, self.n, held_out.every)
        n_sites, depth, _, width = network.sites.shape
        n_values = len(range(self.n)[self._thin]) * width
        self._rows = np.empty((n_sites, depth, n_values), network.dtype)

    def look(self) -> tuple[float, float, Summary]:
        """Return loss, accuracy and the summary of all sites and layers."""
        self._network.forward()
        scores = loss_and_accuracy(self._network.logits[: self.n], self._labels_N)
        thinned = self._network.sites[:, :, self._thin]
        self._rows.reshape(thinned.shape)[...] = thinned
        summary = describe(self._rows.reshape(-1, self._rows.shape[-1]))
        lead = self._rows.shape[:-1]
        return *scores, summary.each(lambda part: part.reshape(*lead, *part.shape[1:]))


def _check(spec: Spec) -> None:
    if spec.norm not in ("none", "bn") or spec.dropout or spec.weight_norm == "spectral":
        raise ValueError(
            "a look is for networks with norm 'none' or 'bn', without dropout and spectral "
            "normalization"
        )
