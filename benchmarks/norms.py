"""The normalizers of the tables: forward and backward, here and in PyTorch with autograd."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from bnviz.core import functional as F
from bnviz.core.functional.batch import record
from bnviz.core.train.kernels import NormSite
from bnviz.core.train.kernels.batch import bind_batch_norm

Array = NDArray[np.float32]
Pass = Callable[[], Sequence[Any]]  # gives y, dx and the gradients of the parameters
N_GROUPS = 8


class Case(NamedTuple):
    """A row of the table.

    Attributes
    ----------
    norm : {"batch", "layer", "group", "instance", "rms"}
    shape : tuple of int
    aim : float or None
        Time here, of the quicker of both ways, over PyTorch's.
    """

    norm: str
    shape: tuple[int, ...]
    aim: float | None = None


CASES = [
    Case("batch", (32, 64), 0.40),
    Case("batch", (256, 128), 0.85),
    Case("batch", (4096, 256), 2.2),
    Case("batch", (32, 64, 8, 8), 0.95),
    Case("batch", (64, 64, 32, 32), 0.95),
    Case("layer", (32, 64)),
    Case("layer", (256, 128)),
    Case("layer", (4096, 256)),
    Case("rms", (32, 64)),
    Case("rms", (256, 128)),
    Case("rms", (4096, 256)),
    Case("group", (32, 64, 8, 8)),
    Case("group", (64, 64, 32, 32)),
    Case("instance", (32, 64, 8, 8)),
    Case("instance", (64, 64, 32, 32)),
]


def contenders(case: Case) -> dict[str, Pass]:
    """Give all sides of a case, with the same numbers: each a function to be timed.

    ``ours`` and ``pytorch`` allocate all they return. ``kernel`` is what the trainer runs, batch
    norm on rows of features: it writes into arrays that are there already. Batch norm keeps
    running statistics on all sides.
    """
    rng = np.random.default_rng(0)
    size = case.shape[-1] if case.norm in ("layer", "rms") else case.shape[1]
    x, dy = rng.normal(size=(2, *case.shape)).astype(np.float32)
    parameters = list(rng.normal(size=(1 if case.norm == "rms" else 2, size)).astype(np.float32))
    is_row_batch = case.norm == "batch" and x.ndim == 2
    sides = {
        "ours": _here(case.norm, x, dy, parameters),
        "pytorch": _there(case, x, dy, parameters),
    }
    return sides | ({"kernel": _kernel(x, dy, parameters)} if is_row_batch else {})


def _here(norm: str, x: Array, dy: Array, parameters: list[Array]) -> Pass:
    running: list[Any] = [np.zeros(x.shape[1], x.dtype), np.ones(x.shape[1], x.dtype)]
    passes: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
        "batch": (partial(F.batch_norm, x, *[*parameters, *running]), F.batch_norm_backward),
        "layer": (partial(F.layer_norm, x, x.shape[-1], *parameters), F.layer_norm_backward),
        "rms": (partial(F.rms_norm, x, x.shape[-1], *parameters), F.rms_norm_backward),
        "group": (partial(F.group_norm, x, N_GROUPS, *parameters), F.group_norm_backward),
        "instance": (partial(F.instance_norm, x, *parameters), F.instance_norm_backward),
    }
    forward, backward = passes[norm]

    def both() -> Sequence[Any]:
        y, cache = forward()
        return y, *backward(dy, cache)

    return both


def _kernel(x: Array, dy: Array, parameters: list[Array]) -> Pass:
    """Bind the trainer's batch norm, for the rows of features that the trainer has."""
    gamma, beta = parameters
    y, grad = np.empty_like(x), np.empty_like(x)
    mean, var, dgamma, dbeta, eps = (np.full_like(gamma, 1e-5) for _ in range(5))
    running = np.zeros_like(gamma), np.ones_like(gamma)
    site = NormSite(x, y, grad, gamma, beta, dgamma, dbeta, mean, var, eps)
    forward, backward = bind_batch_norm(site)

    def both() -> Sequence[Any]:
        forward()
        grad[...] = dy
        backward()
        record(mean, var, len(x), running, 0.1)
        np.multiply(dgamma, len(x), dgamma)
        np.multiply(dbeta, len(x), dbeta)
        return y, grad, dgamma, dbeta

    return both


def _there(case: Case, x: Array, dy: Array, parameters: list[Array]) -> Pass:
    nn, size = torch.nn.functional, case.shape[1]
    mean, var = torch.zeros(size), torch.ones(size)
    forward: Callable[..., torch.Tensor] = {
        "batch": lambda x, gamma, beta: nn.batch_norm(x, mean, var, gamma, beta, training=True),
        "layer": lambda x, *p: nn.layer_norm(x, case.shape[-1:], *p),
        "rms": lambda x, *p: nn.rms_norm(x, case.shape[-1:], *p),
        "group": lambda x, *p: nn.group_norm(x, N_GROUPS, *p),
        "instance": lambda x, *p: nn.instance_norm(x, None, None, *p),
    }[case.norm]
    inputs = [torch.from_numpy(a).requires_grad_() for a in (x, *parameters)]
    upstream = torch.from_numpy(dy)

    def both() -> Sequence[Any]:
        y = forward(*inputs)
        return y, *torch.autograd.grad(y, inputs, upstream)

    return both
