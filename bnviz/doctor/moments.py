"""Means and variances of what a norm layer gets, pooled batch by batch.

Letters: **N** samples of a batch, **C** channels, **S** positions in space or time.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.variance import Moments, merge

EMPTY = Moments(0, np.zeros(()), np.zeros(()))


class Seen(NamedTuple):
    """The statistics of one input.

    Attributes
    ----------
    channel : Moments
        Of each channel over all samples and positions; arrays of shape (C,).
    samples : Moments
        The same of the means of the samples over their positions.
    n_positions : int
        H·W, or the length of a sequence; 1 for an input of shape (N, C).
    instance_vars : array, shape (C,), or None
        Sum over the samples of their own unbiased variances; None if not asked for.
    """

    channel: Moments
    samples: Moments
    n_positions: int
    instance_vars: Array | None


def seen(x: Any, channels: int, *, instances: bool = False) -> Seen:
    """Take the statistics of a tensor of shape (N, C, ...), or (N, ..., C).

    Notes
    -----
    Two passes, so that no digits get lost: the means, then the squares of the distances from them.
    Half precision is widened first.

    Raises
    ------
    ValueError
        If the tensor has not this number of channels.
    """
    x = x.detach()
    if x.dim() > 1 and x.shape[1] != channels and x.shape[-1] == channels:
        x = x.movedim(-1, 1)
    if x.dim() < 2 or x.shape[1] != channels:
        raise ValueError(f"an input with {channels} channels was expected, got {tuple(x.shape)}")
    x = x if x.itemsize >= 4 else x.float()
    n = x.shape[0]
    if x.dim() == 2:
        mean_C = x.mean(0)
        channel = Moments(n, _float64(mean_C), _float64((x - mean_C).square_().sum(0)))
        return Seen(channel, channel, 1, np.zeros(channels) if instances else None)
    x_NCS = x.flatten(2)
    mean_NC = x_NCS.mean(2).cpu().double()
    mean_C = mean_NC.mean(0)
    away_NCS = x_NCS - mean_C.to(x)[:, None]
    m2_NC = away_NCS.square_().sum(2).cpu().double()
    between_NC = (mean_NC - mean_C).square_()
    length = x_NCS.shape[2]
    mean = _float64(mean_C)
    own = None
    if instances:
        own_NC = (m2_NC - length * between_NC).clamp_(min=0) / max(length - 1, 1)
        own = _float64(own_NC.sum(0))
    return Seen(
        Moments(n * length, mean, _float64(m2_NC.sum(0))),
        Moments(n, mean, _float64(between_NC.sum(0))),
        length,
        own,
    )


def _float64(t: Any) -> Array:
    return t.cpu().double().numpy()


@dataclass
class Pool:
    """The statistics of one call of one layer over many batches; arrays have shape (channels,).

    Attributes
    ----------
    total, samples : Moments
        Of all values, and of the means of the samples.
    within, within_samples : array
        The squares of the distances from the mean of the own batch, summed; for both of them.
    instance_vars : array
        Variances inside the samples, summed; for instance norm.
    means, counts, positions : lists, one entry for each batch
        Its mean, how many values per channel, and how many of them in a sample.
    """

    total: Moments = EMPTY
    within: Array = field(default_factory=lambda: np.zeros(()))
    samples: Moments = EMPTY
    within_samples: Array = field(default_factory=lambda: np.zeros(()))
    instance_vars: Array = field(default_factory=lambda: np.zeros(()))
    means: list[Array] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def add(self, part: Seen) -> None:
        """Merge another batch."""
        channel, samples = part.channel, part.samples
        self.total = merge(self.total, channel)
        self.within = self.within + channel.m2
        self.samples = merge(self.samples, samples)
        self.within_samples = self.within_samples + samples.m2
        if part.instance_vars is not None:
            self.instance_vars = self.instance_vars + part.instance_vars
        self.means.append(channel.mean)
        self.counts.append(channel.n)
        self.positions.append(part.n_positions)

    def scatter(self) -> tuple[Array | None, tuple[int, int]]:
        """Return the F ratio of the batch means, shape (channels,), and its degrees of freedom.

        The ratio is None where there are too few batches or samples.

        Notes
        -----
        One-way analysis of variance with the mean of a sample as the unit: between the batches,
        per degree of freedom, over inside of them. Where samples are drawn at random both estimate
        the same variance, whatever happens inside of a sample. A channel that is constant has the
        ratio 1.
        """
        free = (len(self.counts) - 1, self.samples.n - len(self.counts))
        if min(free) < 1:
            return None, (0, 0)
        between = np.maximum(self.samples.m2 - self.within_samples, 0.0) / free[0]
        inside = self.within_samples / free[1]
        constant = self.samples.m2 <= 1e-12 * self.samples.n * np.square(self.samples.mean)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(constant, 1.0, between / inside), free
