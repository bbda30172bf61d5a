"""Means and variances of what a norm layer gets, pooled batch by batch.

Letters: **N** samples of a batch, **C** channels, **G** batches.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.variance import Moments, merge

EMPTY = Moments(0, np.zeros(()), np.zeros(()))


class Seen(NamedTuple):
    """The statistics of one input: of each sample and channel over its positions in space.

    Attributes
    ----------
    mean_NC, m2_NC : array, shape (N, C)
        Mean over the positions; sum of squared distances from the mean of the *whole* channel.
    n_positions : int
        H·W, or the length of a sequence; 1 for an input of shape (N, C).
    """

    mean_NC: Array
    m2_NC: Array
    n_positions: int

    @property
    def channel(self) -> Moments:
        """Return the moments of each channel over all samples and positions."""
        n = len(self.mean_NC) * self.n_positions
        return Moments(n, self.mean_NC.mean(axis=0), self.m2_NC.sum(axis=0))

    @property
    def instance_vars(self) -> Array:
        """Return the unbiased variance of each sample and channel over its positions."""
        off = np.square(self.mean_NC - self.mean_NC.mean(axis=0)) * self.n_positions
        return np.maximum(self.m2_NC - off, 0.0) / max(self.n_positions - 1, 1)

    @property
    def samples(self) -> Moments:
        """Return the moments of the means of the samples."""
        mean = self.mean_NC.mean(axis=0)
        return Moments(len(self.mean_NC), mean, np.square(self.mean_NC - mean).sum(axis=0))


def seen(x: Any, channels: int) -> Seen:
    """Take the statistics of a tensor of shape (N, C, ...), or (N, ..., C).

    Notes
    -----
    Two passes, so that no digits get lost: the means, then the squares of the distances from them.
    Half precision is widened first.
    """
    x = x.detach()
    if x.dim() > 1 and x.shape[1] != channels and x.shape[-1] == channels:
        x = x.movedim(-1, 1)
    if x.dim() < 2 or x.shape[1] != channels:
        raise ValueError(f"an input with {channels} channels was expected, got {tuple(x.shape)}")
    x_NCS = (x if x.itemsize >= 4 else x.float()).flatten(2) if x.dim() > 2 else x[:, :, None]
    mean_NC = x_NCS.mean(2)
    away_NCS = x_NCS - mean_NC.mean(0)[:, None]
    m2_NC = away_NCS.square_().sum(2)
    return Seen(_float64(mean_NC), _float64(m2_NC), x_NCS.shape[2])


def _float64(t: Any) -> Array:
    return t.cpu().double().numpy()


@dataclass
class Pool:
    """The statistics of one call of one layer over many batches."""

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
        self.instance_vars = self.instance_vars + part.instance_vars.sum(axis=0)
        self.means.append(channel.mean)
        self.counts.append(channel.n)
        self.positions.append(part.n_positions)

    def scatter(self) -> tuple[Array | None, tuple[int, int]]:
        """Return the F ratio of the means of the batches, and its degrees of freedom.

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
