"""How a model and the generators of random numbers were, and how to make them so again.

A forward pass may change more than running statistics: counters, caches, weights that are clipped,
spectral norm's vectors, generators. `Snapshot` keeps all of a module's state, `Randomness` that of
the generators. Both put back only what differs, so that a tensor that nobody changed is the same
object at the same version.
"""

import random
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

_CONTAINERS = (dict, OrderedDict, list, set)


class Snapshot:
    """The state of modules: attributes, modes, hooks, tensors bit for bit, and gradients.

    Parameters
    ----------
    modules : torch.nn.Module
        Each with all that are inside of it. Memory: one copy of their parameters and buffers.
    """

    def __init__(self, *modules: Any) -> None:
        from torch import Tensor, nn

        inside = {id(m): m for module in modules for m in module.modules()}
        self._attributes = [(m, dict(m.__dict__)) for m in inside.values()]
        containers = {
            id(value): value
            for _, attributes in self._attributes
            for value in attributes.values()
            if type(value) in _CONTAINERS
        }
        self._containers = [(c, c.copy()) for c in containers.values()]
        tensors = {
            id(value): value
            for _, attributes in self._attributes
            for value in _values(attributes)
            if isinstance(value, Tensor)
        }
        self._tensors = [(t, t.detach().clone()) for t in tensors.values()]
        parameters = [t for t in tensors.values() if isinstance(t, nn.Parameter)]
        self._parameters = [(p, p.requires_grad, p.grad) for p in parameters]

    def restore(self) -> None:
        """Put everything back."""
        for container, content in self._containers:
            _refill(container, content)
        for module, attributes in self._attributes:
            if _differ(module.__dict__, attributes):
                module.__dict__.clear()
                module.__dict__.update(attributes)
        for tensor, content in self._tensors:
            if not _same_bits(tensor.detach(), content):
                _overwrite(tensor, content)
        for parameter, requires_grad, grad in self._parameters:
            if parameter.requires_grad != requires_grad:
                parameter.requires_grad_(requires_grad)
            parameter.grad = grad


class Randomness:
    """The states of the generators of PyTorch, NumPy and Python, and of a loader's own."""

    def __init__(self, *loaders: Any) -> None:
        import torch

        self._cpu = torch.get_rng_state()
        cuda = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
        self._cuda = torch.cuda.get_rng_state_all() if cuda else None
        self._mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
        self._numpy = np.random.get_state()  # noqa: NPY002  # the one that others draw from
        self._python = random.getstate()
        self._own = [(g, g.get_state()) for loader in loaders for g in _generators(loader)]

    def restore(self) -> None:
        """Put the states back."""
        import torch

        torch.set_rng_state(self._cpu)
        if self._cuda is not None:
            torch.cuda.set_rng_state_all(self._cuda)
        if self._mps is not None:
            torch.mps.set_rng_state(self._mps)
        np.random.set_state(self._numpy)  # noqa: NPY002
        random.setstate(self._python)
        for generator, state in self._own:
            generator.set_state(state)


def seed_everything(seed: int) -> None:
    """Seed the generators of PyTorch, NumPy and Python.

    Only those of devices in use: ``torch.manual_seed`` would leave the seed for the others, which
    take it when they start, long after the check-up.
    """
    import torch

    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.manual_seed_all(seed)
    if torch.backends.mps.is_available():
        torch.mps.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    random.seed(seed)


def _generators(loader: Any) -> Iterator[Any]:
    """Yield the generators that a loader and its samplers hold, each once."""
    from torch import Generator

    batch_sampler = getattr(loader, "batch_sampler", None)
    holders = [loader, getattr(loader, "sampler", None), batch_sampler]
    holders.append(getattr(batch_sampler, "sampler", None))
    found = {id(g): g for h in holders if isinstance(g := getattr(h, "generator", None), Generator)}
    yield from found.values()


def _values(attributes: dict[str, Any]) -> Iterator[Any]:
    """Yield the attributes of a module, and what stands in its tables of tensors."""
    yield from attributes.values()
    yield from attributes.get("_parameters", {}).values()
    yield from attributes.get("_buffers", {}).values()


def _differ(now: dict[str, Any], before: dict[str, Any]) -> bool:
    """Return whether an attribute came, went or became another object."""
    return now.keys() != before.keys() or any(now[k] is not v for k, v in before.items())


def _refill(container: Any, content: Any) -> None:
    """Give a container its content again, in the same object and the same order."""
    container.clear()
    if isinstance(container, list):
        container.extend(content)
    else:
        container.update(content)


def _same_bits(a: Any, b: Any) -> bool:
    """Return whether two tensors agree in all bits; NaN agrees with itself."""
    import torch

    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    if a.is_meta or b.is_meta:  # it has no bits
        return bool(a.is_meta and b.is_meta)
    a, b = (t.contiguous().reshape(-1) for t in (a, b))
    return torch.equal(a.view(torch.uint8), b.view(torch.uint8))


def _overwrite(tensor: Any, content: Any) -> None:
    import torch

    with torch.inference_mode(tensor.is_inference()), torch.no_grad():
        if tensor.shape == content.shape and tensor.dtype == content.dtype:
            tensor.copy_(content)
        else:
            tensor.data = content


@contextmanager
def untouched(modules: list[Any], loaders: tuple[Any, ...]) -> Iterator[None]:
    """Leave modules, gradients and random numbers as they are, whatever happens inside."""
    import torch

    with ExitStack() as stack:
        stack.callback(Randomness(*loaders).restore)
        # A tensor made in inference mode could take part in no training step.
        stack.enter_context(torch.inference_mode(mode=False))
        stack.callback(Snapshot(*modules).restore)
        stack.enter_context(torch.no_grad())
        # Compiled code calls no hooks.
        if "torch._dynamo" in sys.modules and hasattr(torch.compiler, "set_stance"):
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        yield
