"""What is looked at in a network at rest: held-out examples in both modes, and the next batch.

Training mode cuts the examples into batches of the training size and normalizes each with its own
statistics; evaluation mode uses the running statistics. Without batch normalization the two are
the same, and only one is computed.

Shape legend: M modes (training, then evaluation), N batch, L hidden layers, C width, B bins,
U units.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward, loss_and_accuracy
from bnviz.core.stats.summary import Summary, describe, flat_units, norm
from bnviz.core.train.passage import Passage
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


class Look(NamedTuple):
    """What an onlooker saw.

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


class Onlooker:
    """Look at one network, time and again, over arrays that are allocated once.

    Parameters
    ----------
    trainer : Trainer
        Only read, but for what the next step writes over anyway.
    x_ND, labels_N : arrays
        Held-out examples; the batch size of the trainer must divide their length.
    many_ND : array
        Many training examples, for the true statistics; the batch size must divide their length.
    every : int
        The summary counts each ``every``-th held-out example only.
    n_units : int
        Units of each layer whose statistics are kept.
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
        self.trainer, self._labels_N, self._n = trainer, labels_N, len(x_ND)
        self._n_units = n_units
        spec = trainer.spec
        self._has_modes = spec.norm == "bn"
        x = np.concatenate([x_ND, many_ND]) if self._has_modes else x_ND
        self._training = Passage(spec, x.astype(trainer.dtype, copy=False), trainer.n)
        passages = [self._training]
        if self._has_modes:
            passages.append(Passage(spec, self._training.x_ND[: self._n], trainer.n))
        self._passages = passages
        self._thin = slice(0, self._n, every)
        shape = (len(passages), 3 if self._has_modes else 2, spec.depth)
        n_values = len(range(self._n)[self._thin]) * spec.width
        self._rows = np.empty((*shape, n_values), trainer.dtype)
        self._gradient = Parameters(spec, trainer.dtype)

    @np.errstate(all="ignore")
    def look(self) -> Look:
        """Look at the network as it is now.

        Returns
        -------
        Look
        """
        trainer, scores = self.trainer, []
        for mode, passage in enumerate(self._passages):
            passage.run(trainer.parameters, trainer.running_stats if mode else None)
            scores.append(loss_and_accuracy(passage.logits[: self._n], self._labels_N))
            for row, site in zip(self._rows[mode], self._sites(passage), strict=True):
                row.reshape(len(row), -1, trainer.spec.width)[...] = site[:, self._thin]
        loss, accuracy = np.array(scores).T
        activated = self._training.activated[:, : self._n]
        norms = self._gradient_norms()
        return Look(
            loss,
            accuracy,
            self._summary(),
            *flat_units(trainer.spec.activation, activated),
            norms,
            self._statistics() if self._has_modes else None,
        )

    def _sites(self, passage: Passage) -> list[Array]:
        middle = [passage.normalized] if self._has_modes else []
        return [passage.linear, *middle, passage.activated]

    def _summary(self) -> Summary:
        summary = describe(self._rows.reshape(-1, self._rows.shape[-1]))
        return summary.each(lambda part: part.reshape(*self._rows.shape[:-1], *part.shape[1:]))

    def _gradient_norms(self) -> Array:
        trainer = self.trainer
        trainer.peek()
        scale = trainer.gradient_scale
        norms = [[norm(w.ravel()) / scale for w in trainer.gradient.weights]]
        if self._has_modes:
            x_ND, target_NK = trainer.batch
            spec, p = trainer.spec, trainer.parameters
            done = forward(spec, p, x_ND, running_stats=trainer.running_stats)
            _, dlogits_NK = cross_entropy(done.logits, target_NK.argmax(-1))
            gradient = backward(spec, p, done, dlogits_NK, out=self._gradient)
            norms.append([norm(w.ravel()) for w in gradient.weights])
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
        values_LNU = self._training.unnormalized[:, self._n :, units]
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
