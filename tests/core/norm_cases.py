"""One case for each normalizer and kind of input: this project's functions and PyTorch's.

Every case has the same face, so that one test can ask the same of all of them: ``forward`` takes
the arrays by name, ``backward`` gives their gradients in the same order, and ``pytorch`` computes
the same output from tensors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bnviz.core import functional as F

EPS = 0.1  # large, so that its place in the formula shows
MOMENTUM = 0.3


@dataclass(frozen=True, eq=False)
class Case:
    """A normalizer on inputs of certain shapes."""

    forward: Callable[..., tuple[np.ndarray, Any]]
    backward: Callable[[np.ndarray, Any], tuple[np.ndarray, ...]]
    pytorch: Callable[..., Any]  # (torch, **tensors) -> tensor
    shapes: dict[str, tuple[int, ...]]
    optional: tuple[str, ...] = ("gamma", "beta")  # inputs that may be None
    alone: bool = True  # whether a sample's output depends on no other sample
    differentiable: bool = True  # whether the gradient is the derivative of the output

    def draw(self, seed=0, dtype=np.float64):
        """Inputs, none of them at a special value."""
        rng = np.random.default_rng(seed)
        arrays = {name: rng.normal(1.0, 1.5, shape) for name, shape in self.shapes.items()}
        return {name: a.astype(dtype) for name, a in arrays.items()}

    def run(self, inputs, dy=None):
        """Forward and backward; the gradients are named d + the input."""
        y, cache = self.forward(**inputs)
        gradients = () if dy is None else self.backward(dy, cache)
        return {"y": y} | {f"d{n}": g for n, g in zip(inputs, gradients, strict=False)}


def stats(c):
    """Running statistics for C channels, fresh at every call."""
    return np.linspace(-1, 1, c), np.linspace(0.5, 2, c)


def start():
    """Running statistics of three channels, fresh at every call."""
    return np.array([-1.0, 0.0, 2.0]), np.array([0.5, 1.0, 2.0])


def beside(p, x):
    """Shape (C,) or (N, C) to broadcast against ``x`` in PyTorch."""
    return p.reshape(*(p.shape if p.ndim == 2 else (1, -1)), *[1] * (x.ndim - 2))


# ----------------------------------------------------------------- of one sample


def layer_norm(shape, normalized_shape):
    sizes = np.atleast_1d(normalized_shape).tolist()
    return Case(
        lambda x, gamma=None, beta=None: F.layer_norm(x, normalized_shape, gamma, beta, eps=EPS),
        F.layer_norm_backward,
        lambda torch, x, gamma=None, beta=None: torch.nn.functional.layer_norm(
            x, sizes, gamma, beta, EPS
        ),
        {"x": shape, "gamma": tuple(sizes), "beta": tuple(sizes)},
    )


def rms_norm(shape, normalized_shape):
    sizes = np.atleast_1d(normalized_shape).tolist()
    return Case(
        lambda x, gamma=None: F.rms_norm(x, normalized_shape, gamma, eps=EPS),
        F.rms_norm_backward,
        lambda torch, x, gamma=None: torch.nn.functional.rms_norm(x, sizes, gamma, EPS),
        {"x": shape, "gamma": tuple(sizes)},
        optional=("gamma",),
    )


def group_norm(shape, num_groups):
    return Case(
        lambda x, gamma=None, beta=None: F.group_norm(x, num_groups, gamma, beta, eps=EPS),
        F.group_norm_backward,
        lambda torch, x, gamma=None, beta=None: torch.nn.functional.group_norm(
            x, num_groups, gamma, beta, EPS
        ),
        per_channel(shape),
    )


def instance_norm(shape, training=True):
    def pytorch(torch, x, gamma=None, beta=None):
        mean, var = map(x.new_tensor, stats(shape[1]))
        return torch.nn.functional.instance_norm(x, mean, var, gamma, beta, training, MOMENTUM, EPS)

    def forward(x, gamma=None, beta=None):
        options = {"training": training, "momentum": MOMENTUM, "eps": EPS}
        return F.instance_norm(x, gamma, beta, *stats(shape[1]), **options)

    return Case(forward, F.instance_norm_backward, pytorch, per_channel(shape))


def adain(shape, style_shape):
    def pytorch(torch, x, style):  # noqa: ARG001
        space = tuple(range(2, x.ndim))
        mean, std = style.mean(space, True), (style.var(space, False, keepdim=True) + EPS).sqrt()
        x_hat = (x - x.mean(space, True)) / (x.var(space, False, keepdim=True) + EPS).sqrt()
        return x_hat * std + mean

    shapes = {"x": shape, "style": style_shape}
    return Case(partial(F.adain, eps=EPS), F.adain_backward, pytorch, shapes, optional=())


# ----------------------------------------------------------------- of a batch


def per_channel(shape):
    return {"x": shape, "gamma": shape[1:2], "beta": shape[1:2]}


def batch_norm(shape, training=True, eps=EPS):
    def forward(x, gamma=None, beta=None):
        return F.batch_norm(x, gamma, beta, *stats(shape[1]), training=training, eps=eps)

    def pytorch(torch, x, gamma=None, beta=None):
        mean, var = map(x.new_tensor, stats(shape[1]))
        return torch.nn.functional.batch_norm(x, mean, var, gamma, beta, training, 0.0, eps)

    return Case(forward, F.batch_norm_backward, pytorch, per_channel(shape), alone=not training)


def batch_renorm(shape, training=True, r_max=1.5, d_max=0.5):
    def forward(x, gamma=None, beta=None):
        limits = {"r_max": r_max, "d_max": d_max}
        return F.batch_renorm(
            x, gamma, beta, *stats(shape[1]), **limits, training=training, eps=EPS
        )

    def pytorch(torch, x, gamma=None, beta=None):
        mean, var = map(x.new_tensor, stats(shape[1]))
        if not training:
            return torch.nn.functional.batch_norm(x, mean, var, gamma, beta, False, 0.0, EPS)
        axes = (0, *range(2, x.ndim))
        batch_mean, batch_std = x.mean(axes), (x.var(axes, False) + EPS).sqrt()
        std = (var + EPS).sqrt()
        r = (batch_std / std).clamp(1 / r_max, r_max).detach()
        d = ((batch_mean - mean) / std).clamp(-d_max, d_max).detach()
        x_hat = (x - beside(batch_mean, x)) / beside(batch_std, x) * beside(r, x) + beside(d, x)
        y = x_hat if gamma is None else x_hat * beside(gamma, x)
        return y if beta is None else y + beside(beta, x)

    shapes, alone = per_channel(shape), not training
    return Case(
        forward, F.batch_renorm_backward, pytorch, shapes, alone=alone, differentiable=alone
    )


def ghost_batch_norm(shape, chunk_size, training=True):
    def forward(x, gamma=None, beta=None):
        options = {"training": training, "momentum": MOMENTUM, "eps": EPS}
        return F.ghost_batch_norm(x, chunk_size, gamma, beta, *stats(shape[1]), **options)

    def pytorch(torch, x, gamma=None, beta=None):
        mean, var = map(x.new_tensor, stats(shape[1]))
        normed = [
            torch.nn.functional.batch_norm(chunk, mean, var, gamma, beta, training, MOMENTUM, EPS)
            for chunk in x.split(chunk_size)
        ]
        return torch.cat(normed)

    alone = not training or chunk_size == 1
    return Case(forward, F.ghost_batch_norm_backward, pytorch, per_channel(shape), alone=alone)


def sync_batch_norm(shape, ends):
    """The batch is cut at ``ends`` into shards, and joined again."""

    def forward(x, gamma=None, beta=None):
        ys, cache = F.sync_batch_norm(np.split(x, ends), gamma, beta, eps=EPS)
        return np.concatenate(ys), cache

    def backward(dy, cache):
        dxs, dgamma, dbeta = F.sync_batch_norm_backward(np.split(dy, ends), cache)
        return np.concatenate(dxs), dgamma, dbeta

    def pytorch(torch, x, gamma=None, beta=None):
        return torch.nn.functional.batch_norm(x, None, None, gamma, beta, True, 0.0, EPS)

    return Case(forward, backward, pytorch, per_channel(shape), alone=False)


def conditional_batch_norm(shape, training=True):
    def forward(x, gamma, beta):
        return F.conditional_batch_norm(
            x, gamma, beta, *stats(shape[1]), training=training, eps=EPS
        )

    def pytorch(torch, x, gamma, beta):
        mean, var = map(x.new_tensor, stats(shape[1]))
        x_hat = torch.nn.functional.batch_norm(x, mean, var, None, None, training, 0.0, EPS)
        return x_hat * beside(gamma, x) + beside(beta, x)

    shapes = {"x": shape, "gamma": shape[:2], "beta": shape[:2]}
    backward, alone = F.conditional_batch_norm_backward, not training
    return Case(forward, backward, pytorch, shapes, optional=(), alone=alone)


# ----------------------------------------------------------------- all of them

CASES = {
    "layer norm": layer_norm((4, 5), 5),
    "layer norm, two axes": layer_norm((3, 2, 4), (2, 4)),
    "layer norm, sequence": layer_norm((2, 3, 4), 4),
    "layer norm, everything": layer_norm((2, 3), (2, 3)),
    "layer norm, one sample": layer_norm((4,), 4),
    "rms norm": rms_norm((4, 5), 5),
    "rms norm, two axes": rms_norm((3, 2, 4), (2, 4)),
    "rms norm, one sample": rms_norm((4,), (4,)),
    "group norm, table": group_norm((3, 6), 2),
    "group norm, one group": group_norm((2, 4, 3), 1),
    "group norm, image": group_norm((2, 4, 2, 3), 2),
    "group norm, as many groups as channels": group_norm((2, 3, 4), 3),
    "instance norm, sequence": instance_norm((2, 3, 5)),
    "instance norm, image": instance_norm((2, 2, 2, 3)),
    "instance norm, volume": instance_norm((1, 2, 2, 1, 3)),
    "instance norm, evaluation": instance_norm((2, 3, 4), training=False),
    "adain": adain((2, 3, 4), (2, 3, 6)),
    "adain, image": adain((1, 2, 2, 3), (1, 2, 3, 2)),
    "batch norm": batch_norm((5, 3)),
    "batch norm, image": batch_norm((3, 2, 2, 2)),
    "batch norm, evaluation": batch_norm((5, 3), training=False),
    "batch renorm, table": batch_renorm((5, 3)),
    "batch renorm, image": batch_renorm((3, 2, 2, 2)),
    "batch renorm, no limits": batch_renorm((5, 3), r_max=np.inf, d_max=np.inf),
    "batch renorm, evaluation": batch_renorm((5, 3), training=False),
    "ghost batch norm": ghost_batch_norm((6, 3), 2),
    "ghost batch norm, image": ghost_batch_norm((4, 2, 2, 2), 2),
    "ghost batch norm, single samples": ghost_batch_norm((3, 2, 4), 1),
    "ghost batch norm, evaluation": ghost_batch_norm((6, 3), 2, training=False),
    "sync batch norm": sync_batch_norm((7, 3), [2, 6]),
    "sync batch norm, image": sync_batch_norm((4, 2, 2, 3), [1]),
    "sync batch norm, an empty shard": sync_batch_norm((4, 2), [2, 2]),
    "conditional batch norm": conditional_batch_norm((5, 3)),
    "conditional batch norm, image": conditional_batch_norm((3, 2, 2, 2)),
    "conditional batch norm, evaluation": conditional_batch_norm((5, 3), training=False),
}
