"""What the numbers of this project are compared with: PyTorch.

PyTorch is imported inside the functions, never with the app. Everything goes in and comes out as
NumPy arrays.
"""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]


FUNCTIONS = ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")
ARGUMENTS = {"x": "input", "gamma": "weight", "beta": "bias"}
"""What PyTorch calls an argument, where it is not called the same here."""


def torch_version() -> str | None:
    """Return the version of the installed PyTorch, or None, without importing it.

    Examples
    --------
    >>> import sys
    >>> before = "torch" in sys.modules
    >>> installed = torch_version()
    >>> ("torch" in sys.modules) == before
    True
    """
    try:
        return version("torch")
    except PackageNotFoundError:
        return None


def batch_norm(x: Array, *, dy: Array | None = None, **arguments: Any) -> dict[str, Array | None]:
    """Return what PyTorch's batch norm makes of ``x``; see :func:`run`.

    Examples
    --------
    >>> if torch_version():
    ...     result = batch_norm(np.array([[3.0], [5.0]]))
    ...     assert np.allclose(result["y"], [[-1.0], [1.0]], atol=1e-4)
    """
    start = {"running_mean": None, "running_var": None, "training": True}
    return run("batch_norm", start | arguments | {"x": x}, dy)


def run(function: str, arguments: Mapping[str, Any], dy: Array | None) -> dict[str, Array | None]:
    """Run a normalizer of PyTorch, forward and backward.

    Parameters
    ----------
    function : str
        One of ``FUNCTIONS``.
    arguments : mapping of str to object
        As in the function of this name in :mod:`bnviz.core.functional`. No array is modified.
    dy : array or None
        Gradient with respect to the output. None leaves the backward pass out.

    Returns
    -------
    dict of str to array or None
        ``y``, ``dx``, ``dgamma``, ``dbeta``, and ``running_mean`` and ``running_var`` as they are
        afterwards; None for what was not asked for or not given.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    ValueError, RuntimeError
        Whatever PyTorch itself refuses.
    """
    torch = _torch()
    t: dict[str, Any] = {
        name: torch.tensor(a) if isinstance(a, np.ndarray) else a for name, a in arguments.items()
    }
    leaves = {n: t[n].requires_grad_() for n in ("x", "gamma", "beta") if t.get(n) is not None}
    y = getattr(torch.nn.functional, function)(**{ARGUMENTS.get(n, n): a for n, a in t.items()})
    gradients = {} if dy is None else _gradients(torch, y, leaves, dy)
    running = {n: t.get(n) for n in ("running_mean", "running_var")}
    return {
        "y": y.detach().numpy(),
        **{name: None if stat is None else stat.numpy() for name, stat in running.items()},
        **{f"d{name}": gradients.get(name) for name in ("x", "gamma", "beta")},
    }


def answer(function: str, arguments: Mapping[str, Any], dy: Array) -> dict[str, Array | None]:
    """Return the answer of :func:`run` to a question of the page "How do we know?".

    For batch norm in training it also holds ``batch_mean`` and ``batch_var``: what the running
    statistics become at momentum 1, the statistics of this batch alone.

    Raises
    ------
    ValueError
        If there is no such function.
    """
    if function not in FUNCTIONS:
        raise ValueError(f"function must be one of {', '.join(FUNCTIONS)}, got {function!r}")
    result = run(function, arguments, dy)
    if arguments.get("training", False):
        batch = run(function, {**arguments, "momentum": 1.0}, None)
        result |= {"batch_mean": batch["running_mean"], "batch_var": batch["running_var"]}
    return result


def _gradients(torch: Any, y: Any, leaves: dict[str, Any], dy: Array) -> dict[str, Array]:
    """Return the gradients of ``(dy * y).sum()`` with respect to the leaves."""
    found = torch.autograd.grad(y, list(leaves.values()), torch.tensor(dy))
    return {name: g.numpy() for name, g in zip(leaves, found, strict=True)}


def _torch() -> ModuleType:
    """Return PyTorch, or say how to get it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "this comparison needs PyTorch, which is not installed: pip install torch"
        ) from error
    return torch
