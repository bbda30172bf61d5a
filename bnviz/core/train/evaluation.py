"""Snapshots of a network between two steps: held-out examples in both modes, and the next batch.

Training mode cuts the examples into batches of the training size and normalizes each with its own
statistics; evaluation mode uses the running statistics. Without batch normalization the two are
the same, and only one is computed.

Shape legend: M modes (training, then evaluation), N batch, L hidden layers, C width, B bins,
U units.
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


class Snapshot(NamedTuple):
    """Measurements of one network at one step.

    Attributes
    ----------
    loss : array, shape (M,)
        Mean cross-entropy on held-out examples, in nats.
    accuracy : array, shape (M,)
        On held-out examples.
    summary : Summary with arrays of shape (M, sites, L) and (M, sites, L, B)
        On held-out examples. Sites: before batch normalization, after it (absent without it),
        after the activation.
    saturated, dead : arrays, shape (L,)
        On held-out examples in training mode; see ``flat_units``.
    gradient_norm : array, shape (M, L + 1)
        Euclidean norm of the gradient of each weight matrix on the next batch; the last is that of
        the logits. In evaluation mode the running statistics are constants, as when a network is
        fine-tuned with batch normalization frozen.
    statistics : Statistics or None
        Of the next batch; None without batch normalization.
    """

    loss: Array
    accuracy: Array
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    statistics: Statistics | None


class Evaluator:
    """Take snapshots of one network, over arrays that are allocated once.

    Parameters
    ----------
    trainer : Trainer
        Without a norm or with batch normalization, without dropout and spectral normalization. It
        is only read, but for scratch arrays that the next step overwrites.
    x_ND, labels_N : arrays
        Held-out examples; the batch size of the trainer must divide their length.
    many_ND : array
        Many training examples, for the true statistics; the batch size must divide their length.
    every : int
        The summary counts each ``every``-th held-out example only.
    n_units : int
        Units of each layer whose statistics are kept.

    Raises
    ------
    ValueError
        If the network has what this cannot do, or the batch size does not divide the examples.
    """

    def __init__(
        self,
        trainer: Trainer,
        x_ND: Array,
        labels_N: NDArray[np.integer],
        many_ND: Array,
        *,
        every: int = 1,
        n_units: int = 8,
    ) -> None:
        spec, n = trainer.spec, trainer.n
        if spec.norm not in ("none", "bn") or spec.dropout or spec.weight_norm == "spectral":
            raise ValueError(
                "an evaluator is for networks with norm 'none' or 'bn', without dropout and "
                "spectral normalization"
            )
        self.trainer, self._labels_N, self._n = trainer, labels_N, len(x_ND)
        self._n_units, self._has_modes = n_units, spec.norm == "bn"
        self._gradient = Parameters(spec, trainer.dtype)
        if self._has_modes:
            for examples in (x_ND, many_ND):
                if len(examples) % n:
                    raise ValueError(f"batch_size must divide {len(examples)} examples, got {n}")
            x = np.concatenate([x_ND, many_ND]).astype(trainer.dtype)
            # Batches side by side, each with its own statistics, are the chunks of ghost BN.
            self._training = self._network(replace(spec, norm="ghost", ghost_size=n), x)
            evaluation = self._network(spec, x[: self._n], training=False)
            self._networks = [self._training, evaluation]
            self._next = self._network(spec, *trainer.batch, training=False)
        else:
            self._training = self._network(spec, x_ND.astype(trainer.dtype))
            self._networks = [self._training]
        self._thin = slice(0, self._n, every)
        shape = (len(self._networks), len(trainer.sites), spec.depth)
        n_values = len(range(self._n)[self._thin]) * spec.width
        self._rows = np.empty((*shape, n_values), trainer.dtype)

    def _network(
        self, spec: Spec, x_ND: Array, target_NK: Array | None = None, *, training: bool = True
    ) -> BoundNetwork:
        """Return a network that reads the trainer's parameters, and in evaluation its statistics.

        Without a ``target_NK`` nobody asks for its gradient.
        """
        trainer, stats = self.trainer, None if training else self.trainer.running_stats
        network = BoundNetwork(
            spec, trainer.parameters, self._gradient, len(x_ND),
            running_stats=stats, training=training,
        )  # fmt: skip
        network.bind(x_ND, np.zeros_like(network.logits) if target_NK is None else target_NK)
        return network

    @np.errstate(all="ignore")
    def snapshot(self) -> Snapshot:
        """Return measurements of the network as it is now."""
        spec, scores = self.trainer.spec, []
        for rows, network in zip(self._rows, self._networks, strict=True):
            network.forward()
            scores.append(loss_and_accuracy(network.logits[: self._n], self._labels_N))
            thinned = network.sites[:, :, : self._n][:, :, self._thin]
            rows.reshape(thinned.shape)[...] = thinned
        loss, accuracy = np.array(scores).T
        activated = self._training.activated[:, : self._n]
        return Snapshot(
            loss,
            accuracy,
            self._summary(),
            *flat_units(spec.activation, activated),
            self._gradient_norms(),
            self._statistics() if self._has_modes else None,
        )

    def _summary(self) -> Summary:
        summary = describe(self._rows.reshape(-1, self._rows.shape[-1]))
        return summary.each(lambda part: part.reshape(*self._rows.shape[:-1], *part.shape[1:]))

    def _gradient_norms(self) -> Array:
        trainer = self.trainer
        trainer.peek()
        norms = [[norm(w.ravel()) / trainer.gradient_scale for w in trainer.gradient.weights]]
        if self._has_modes:
            self._next.forward()
            self._next.backward()
            norms.append([norm(w.ravel()) for w in self._gradient.weights])
        return np.array(norms, trainer.dtype)

    def _statistics(self) -> Statistics:
        """Compare the statistics of the next batch with the running ones and with the true ones.

        "True" is over many examples, each of their batches normalized by itself on its way up, as
        the layer meets them in training (Wu & Johnson 2021 call this precise BN). The scatter of a
        mean of n independent values is ``sqrt(var / n)``, that of an unbiased variance
        ``var * sqrt((kurtosis - (n - 3) / (n - 1)) / n)``, whatever their distribution.
        """
        trainer, units = self.trainer, slice(self._n_units)
        n = trainer.n
        network = self._training
        read = network.linear if network.spec.placement == "before" else network.activated
        values_LNU = read[:, self._n :, units]
        mean = values_LNU.mean(1)
        square = np.square(values_LNU - mean[:, None])
        var, fourth = square.mean(1), np.square(square).mean(1)
        excess = fourth / np.square(var) - (n - 3) / (n - 1)
        spread = var * np.sqrt(np.maximum(excess, 0) / n)
        batch = trainer.batch_stats[..., units].copy()
        batch[1] *= n / (n - 1)
        return Statistics(
            batch,
            trainer.running_stats[..., units].copy(),
            np.array([mean, var]),
            np.array([np.sqrt(var / n), spread]),
        )
