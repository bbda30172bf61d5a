"""The arrays of a comparison, and what the core computes from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.labs.proof.settings import Settings

GRADIENTS = ("dx", "dgamma", "dbeta")
RUNNING = ("running_mean", "running_var")
_FUNCTIONS = {"ln": "layer_norm", "gn": "group_norm", "in": "instance_norm", "rms": "rms_norm"}


@dataclass(frozen=True, eq=False)
class Problem:
    """One call of a normalizer, forward and backward.

    Attributes
    ----------
    function : str
        Name in :mod:`bnviz.core.functional`, and in :mod:`bnviz.reference`.
    arguments : dict
        Its keywords: arrays, sizes and numbers.
    dy : array
        Gradient of the loss with respect to the output, random.
    """

    function: str
    arguments: dict[str, Any]
    dy: Array


def draw(settings: Settings) -> Problem:
    """Draw the inputs of a comparison: the same settings give the same bytes.

    Momentum is as PyTorch reads it; the conventions and momentum draw nothing. No array is at a
    special value: a gamma of 1 or a running mean of 0 would hide mistakes.

    Examples
    --------
    >>> problem = draw(Settings(layer="ln", batch_size=2, channels=8))
    >>> problem.function, problem.arguments["x"].shape
    ('layer_norm', (2, 4, 8))
    """
    rng = np.random.default_rng(settings.seed)
    c, shape = settings.channels, settings.shape
    per_channel = (c,) if settings.layer in ("ln", "rms") else (c, *[1] * (len(shape) - 2))
    mean, std = rng.normal(settings.offset, 1.0, c), rng.uniform(0.5, 2.0, c)
    x = mean.reshape(per_channel) + std.reshape(per_channel) * rng.normal(size=shape)
    arrays = {
        "x": x,
        "gamma": rng.uniform(0.5, 1.5, c),
        "beta": rng.normal(size=c),
        "running_mean": rng.normal(settings.offset, 1.0, c),
        "running_var": rng.uniform(0.5, 2.0, c),
    }
    dy = rng.normal(size=shape).astype(settings.dtype)
    arrays = {name: a.astype(settings.dtype) for name, a in arrays.items()}
    arguments: dict[str, Any] = {"eps": settings.eps}
    if settings.tracks:
        arguments |= {**arrays, "training": settings.training, "momentum": settings.momentum}
    else:
        names = ("x", "gamma") if settings.layer == "rms" else ("x", "gamma", "beta")
        arguments |= {name: arrays[name] for name in names}
    if settings.layer in ("ln", "rms"):
        arguments["normalized_shape"] = (c,)
    elif settings.layer == "gn":
        arguments["num_groups"] = settings.groups
    return Problem(_FUNCTIONS.get(settings.layer, "batch_norm"), arguments, dy)


def solve(problem: Problem, settings: Settings) -> dict[str, Array]:
    """Return output, gradients and running statistics, computed by the core under the conventions.

    They are ``y``, ``dx``, ``dgamma``, and where the layer has them ``dbeta``, ``running_mean`` and
    ``running_var`` as they are after the call. The problem is not modified.
    """
    arguments = dict(problem.arguments)
    found: dict[str, Array] = {}
    if settings.tracks:
        found = {name: arguments[name].copy() for name in RUNNING}
        arguments |= {**found, "momentum": settings.weight}
    y, cache = getattr(F, problem.function)(**arguments)
    backward = getattr(F, f"{problem.function}_backward")
    gradients = dict(zip(GRADIENTS, backward(problem.dy, cache), strict=False))
    if settings.tracks and settings.training and settings.variance == "biased":
        start, x = problem.arguments["running_var"], problem.arguments["x"]
        batch = F.standardize(x, F.batch_norm_axes(x.ndim), settings.eps).var.reshape(-1)
        p = settings.weight
        found["running_var"] = ((1 - p) * start + p * batch).astype(start.dtype)
    return {"y": y, **gradients, **found}
