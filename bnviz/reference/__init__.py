"""The one door to PyTorch: what the numbers of this project are compared with.

PyTorch is imported inside the functions, never with the app. Everything goes in and comes out as
NumPy arrays.
"""

from collections.abc import Callable, Mapping
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


def layer_norm(
    x: Array,
    normalized_shape: tuple[int, ...],
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    eps: float = 1e-5,
    dy: Array | None = None,
) -> dict[str, Array | None]:
    """Run PyTorch's layer norm, forward and backward.

    Parameters
    ----------
    x, normalized_shape, gamma, beta, eps
        As in :func:`bnviz.core.functional.layer_norm`. No array is modified.
    dy : array or None
        Gradient with respect to the output. None leaves the backward pass out.

    Returns
    -------
    dict of str to array or None
        ``y``, ``dx``, ``dgamma`` and ``dbeta``.

    Raises
    ------
    ModuleNotFoundError
        If PyTorch is not installed.
    ValueError, RuntimeError
        Whatever PyTorch itself refuses.
    """

    def forward(torch: Any, x: Any, gamma: Any = None, beta: Any = None) -> Any:
        return torch.nn.functional.layer_norm(x, normalized_shape, gamma, beta, eps)

    return _stateless(forward, {"x": x, "gamma": gamma, "beta": beta}, dy)


def group_norm(
    x: Array,
    num_groups: int,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    eps: float = 1e-5,
    dy: Array | None = None,
) -> dict[str, Array | None]:
    """Run PyTorch's group norm, forward and backward.

    Parameters
    ----------
    x, num_groups, gamma, beta, eps
        As in :func:`bnviz.core.functional.group_norm`. No array is modified.
    dy : array or None
        As in :func:`layer_norm`, like the results and the errors.

    Returns
    -------
    dict of str to array or None
    """

    def forward(torch: Any, x: Any, gamma: Any = None, beta: Any = None) -> Any:
        return torch.nn.functional.group_norm(x, num_groups, gamma, beta, eps)

    return _stateless(forward, {"x": x, "gamma": gamma, "beta": beta}, dy)


def instance_norm(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    eps: float = 1e-5,
    dy: Array | None = None,
) -> dict[str, Array | None]:
    """Run PyTorch's instance norm without running statistics, forward and backward.

    Parameters
    ----------
    x, gamma, beta, eps
        As in :func:`bnviz.core.functional.instance_norm`. No array is modified.
    dy : array or None
        As in :func:`layer_norm`, like the results and the errors.

    Returns
    -------
    dict of str to array or None
    """

    def forward(torch: Any, x: Any, gamma: Any = None, beta: Any = None) -> Any:
        return torch.nn.functional.instance_norm(x, weight=gamma, bias=beta, eps=eps)

    return _stateless(forward, {"x": x, "gamma": gamma, "beta": beta}, dy)


def rms_norm(
    x: Array,
    normalized_shape: tuple[int, ...],
    gamma: Array | None = None,
    *,
    eps: float | None = None,
    dy: Array | None = None,
) -> dict[str, Array | None]:
    """Run PyTorch's RMS norm, forward and backward.

    Parameters
    ----------
    x, normalized_shape, gamma, eps
        As in :func:`bnviz.core.functional.rms_norm`. No array is modified.
    dy : array or None
        As in :func:`layer_norm`, like the errors.

    Returns
    -------
    dict of str to array or None
        ``y``, ``dx`` and ``dgamma``; ``dbeta`` is None.
    """

    def forward(torch: Any, x: Any, gamma: Any = None) -> Any:
        return torch.nn.functional.rms_norm(x, normalized_shape, gamma, eps)

    return _stateless(forward, {"x": x, "gamma": gamma}, dy)


def answer(function: str, arguments: Mapping[str, Any], dy: Array) -> dict[str, Array | None]:
    """Answer a question of the page "How do we know?".

    Parameters
    ----------
    function : str
        Name of one of the functions above.
    arguments : mapping of str to object
        Its keywords, without ``dy``.
    dy : array

    Returns
    -------
    dict of str to array or None
        Its result. For batch norm in training also ``batch_mean`` and ``batch_var``: what the
        running statistics become at momentum 1, the statistics of this batch alone.

    Raises
    ------
    ValueError
        If there is no such function.
    """
    functions = (batch_norm, layer_norm, group_norm, instance_norm, rms_norm)
    known: dict[str, Callable[..., dict[str, Array | None]]] = {f.__name__: f for f in functions}
    if function not in known:
        raise ValueError(f"function must be one of {', '.join(known)}, got {function!r}")
    result = known[function](**arguments, dy=dy)
    if arguments.get("training", False):
        batch = batch_norm(**{**arguments, "momentum": 1.0})
        result |= {"batch_mean": batch["running_mean"], "batch_var": batch["running_var"]}
    return result


def _stateless(
    forward: Callable[..., Any], arrays: dict[str, Array | None], dy: Array | None
) -> dict[str, Array | None]:
    """Run a normalizer that keeps nothing; ``forward`` takes torch and tensors by name."""
    torch = _torch()
    given = {name: a for name, a in arrays.items() if a is not None}
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in given.items()}
    y = forward(torch, **leaves)
    gradients = {} if dy is None else _gradients(torch, y, leaves, dy)
    return {
        "y": y.detach().numpy(),
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
