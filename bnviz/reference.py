"""The one door to PyTorch: what the numbers of this project are compared with.

PyTorch is imported inside the functions, never with the app. Everything goes in and comes out as
NumPy arrays.
"""

from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]


def torch_version() -> str | None:
    """Give the version of the installed PyTorch, or None, without importing it.

    Returns
    -------
    str or None

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


def batch_norm(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    dy: Array | None = None,
) -> dict[str, Array | None]:
    """Run PyTorch's batch norm, forward and backward.

    Parameters
    ----------
    x, gamma, beta, running_mean, running_var, training, momentum, eps
        As in :func:`bnviz.core.functional.batch_norm`. No array is modified.
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

    Examples
    --------
    >>> if torch_version():
    ...     result = batch_norm(np.array([[3.0], [5.0]]))
    ...     assert np.allclose(result["y"], [[-1.0], [1.0]], atol=1e-4)
    """
    torch = _torch()
    arrays = {"x": x, "gamma": gamma, "beta": beta, "mean": running_mean, "var": running_var}
    t: dict[str, Any] = {n: None if a is None else torch.tensor(a) for n, a in arrays.items()}
    leaves = {n: t[n].requires_grad_() for n in ("x", "gamma", "beta") if t[n] is not None}
    y = torch.nn.functional.batch_norm(
        t["x"], t["mean"], t["var"], t["gamma"], t["beta"], training, momentum, eps
    )
    gradients = {} if dy is None else _gradients(torch, y, leaves, dy)
    return {
        "y": y.detach().numpy(),
        "running_mean": None if t["mean"] is None else t["mean"].numpy(),
        "running_var": None if t["var"] is None else t["var"].numpy(),
        **{f"d{name}": gradients.get(name) for name in ("x", "gamma", "beta")},
    }


def _gradients(torch: Any, y: Any, leaves: dict[str, Any], dy: Array) -> dict[str, Array]:
    """Give the gradients of ``(dy * y).sum()`` with respect to the leaves."""
    found = torch.autograd.grad(y, list(leaves.values()), torch.tensor(dy))
    return {name: g.numpy() for name, g in zip(leaves, found, strict=True)}


def _torch() -> ModuleType:
    """Import PyTorch, or say how to get it."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "this comparison needs PyTorch, which is not installed: pip install torch"
        ) from error
    return torch
