"""Inputs of batch norm, a run over them, and arrays that lie otherwise in memory."""

import numpy as np

from bnviz.core import functional as F


def draw(rng, shape, dtype=np.float64):
    """Inputs of batch norm, none of them at a special value."""
    c = shape[1]
    arrays = {
        "x": rng.normal(1.0, 2.0, shape),
        "gamma": rng.normal(1.0, 0.5, c),
        "beta": rng.normal(0.0, 1.0, c),
        "running_mean": rng.normal(0.0, 1.0, c),
        "running_var": rng.uniform(0.5, 2.0, c),
    }
    return {name: a.astype(dtype) for name, a in arrays.items()}


def run(inputs, dy=None, **options):
    """Forward and backward in this project, with the keys of ``reference.batch_norm``."""
    inputs = {name: None if a is None else a.copy() for name, a in inputs.items()}
    y, cache = F.batch_norm(**inputs, **options)
    result = {"y": y, **{n: inputs.get(n) for n in ("running_mean", "running_var")}}
    if dy is not None:
        result |= dict(
            zip(("dx", "dgamma", "dbeta"), F.batch_norm_backward(dy, cache), strict=True)
        )
    return result


def every_second(a):
    wide = np.full((*a.shape[:-1], 2 * a.shape[-1]), np.nan)
    wide[..., ::2] = a
    return wide[..., ::2]


def reversed_twice(a):
    return np.ascontiguousarray(a[::-1])[::-1]


LAYOUTS = [every_second, reversed_twice, np.asfortranarray]
