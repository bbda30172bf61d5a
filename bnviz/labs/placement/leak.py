"""Five discriminators and batches of one kind: where a shift of all samples leaks through BN.

A sample is a picture of independent normal pixels. In a generated one every pixel is larger by the
same shift, and nothing else differs. Each batch holds real samples only, or generated ones only.

Letters: **N** samples, **D** pixels, **A** networks.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bnviz.core import nn
from bnviz.core.array import Array
from bnviz.core.train.optim import Adam
from bnviz.labs.arm import Arm, Pieces, together
from bnviz.labs.placement.settings import Settings

SIDE, N, N_CHANNELS, WIDTH = 6, 32, 6, 32
N_STEPS, LR, N_TESTS = 200, 0.02, 40
PIECE = 5
"""Steps that are done in one piece; each has a batch of either kind."""


class Pictures(nn.Module):
    """Lay the pixels of each sample out as a picture of one channel."""

    def forward(self, x: Array) -> Array:
        """Return an array of shape (N, 1, H, W)."""
        return self._remember(x.reshape(len(x), 1, SIDE, SIDE), x.shape)

    def backward(self, dy: Array) -> Array:
        """Return the gradient as rows of pixels."""
        return dy.reshape(self._remembered())


class MeanOfPixels(nn.Module):
    """Take the mean of each channel over the picture."""

    def forward(self, x: Array) -> Array:
        """Return an array of shape (N, C)."""
        return self._remember(x.mean((-2, -1)), x.shape)

    def backward(self, dy: Array) -> Array:
        """Return the gradient, the same for all pixels of a channel."""
        shape = self._remembered()
        pixels = np.broadcast_to(dy[..., None, None], shape) / (shape[-2] * shape[-1])
        return np.ascontiguousarray(pixels)


def linear(rng: np.random.Generator) -> nn.Sequential:
    """Return a linear discriminator with BN on its input."""
    return nn.Sequential(nn.BatchNorm1d(SIDE**2), nn.Linear(SIDE**2, 1, rng=rng))


def dense(rng: np.random.Generator, *, first: bool = True) -> nn.Sequential:
    """Return two hidden layers, both with BN, or only the second: DCGAN's rule."""
    norm = [nn.BatchNorm1d(WIDTH)] if first else []
    return nn.Sequential(
        *(nn.Linear(SIDE**2, WIDTH, rng=rng), *norm, nn.ReLU()),
        *(nn.Linear(WIDTH, WIDTH, rng=rng), nn.BatchNorm1d(WIDTH), nn.ReLU()),
        nn.Linear(WIDTH, 1, rng=rng),
    )


def dense_but_first(rng: np.random.Generator) -> nn.Sequential:
    """Return the same without BN in the first layer, as DCGAN leaves it out there."""
    return dense(rng, first=False)


def padded(rng: np.random.Generator, *, padding: int = 1) -> nn.Sequential:
    """Return two 3x3 convolutions, BN after both, with a border of zeros."""
    c = N_CHANNELS
    return nn.Sequential(
        Pictures(),
        *(nn.Conv2d(1, c, 3, padding=padding, rng=rng), nn.BatchNorm2d(c), nn.ReLU()),
        *(nn.Conv2d(c, c, 3, padding=padding, rng=rng), nn.BatchNorm2d(c), nn.ReLU()),
        *(MeanOfPixels(), nn.Linear(c, 1, rng=rng)),
    )


def unpadded(rng: np.random.Generator) -> nn.Sequential:
    """Return the same without the border."""
    return padded(rng, padding=0)


NETWORKS: dict[str, Callable[[np.random.Generator], nn.Sequential]] = {
    "linear": linear,
    "dense": dense,
    "dense_but_first": dense_but_first,
    "padded": padded,
    "unpadded": unpadded,
}


def batch(shift: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a batch of one kind, shape (N, D)."""
    return rng.normal(shift, 1.0, (N, SIDE**2)).astype(np.float32)


def learn(name: str, shift: float, seed: int) -> Pieces:
    """Train one discriminator on pure batches with Adam, and ask it about new ones.

    Returns
    -------
    float
        Share of right answers.
    """
    rng = np.random.default_rng([seed, 5])
    network = NETWORKS[name](rng)
    optimizers = {what: Adam(LR) for what in network.parameters()}
    for step in range(N_STEPS):
        if step % PIECE == 0:
            yield None
        for generated in (0.0, 1.0):
            logit_N1 = network(batch(generated * shift, rng))
            network.backward((1 / (1 + np.exp(-logit_N1)) - generated) / N)
            for what, values in network.parameters().items():
                optimizers[what].step(values, network.grads[what])
    right = []
    for _ in range(N_TESTS):
        yield None
        for generated in (False, True):
            right.append(((network(batch(generated * shift, rng)) > 0) == generated).mean())
    return float(np.mean(right))


def measure(settings: Settings) -> Pieces:
    """Train the five networks side by side.

    Returns
    -------
    dict of str to float
        Name -> share of right answers on new pure batches in training mode; 1/2 is guessing. None
        while a network is being trained.
    """
    arms = {name: Arm(learn, (name, settings.shift, settings.seed)) for name in NETWORKS}
    return (yield from together(arms))
