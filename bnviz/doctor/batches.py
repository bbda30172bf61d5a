"""The batches of a loader, the same in each round, on the device of the model."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from bnviz.doctor.refusal import Refusal
from bnviz.doctor.restore import Randomness, seed_everything

TARGETS = ("y", "labels", "label", "targets", "target")
"""Where a batch that is a dict has what the loss compares with."""


@dataclass(frozen=True, eq=False)
class Batch:
    """One batch as the loader gave it, on the model's device."""

    index: int
    content: Any

    @property
    def n_samples(self) -> int:
        """Return its samples: the first axis of its first tensor."""
        return int(next(tensors_in(self.content)).shape[0])

    @property
    def target(self) -> Any:
        """Return y, or None: the last of a tuple, or one of ``TARGETS`` in a dict."""
        if isinstance(self.content, Mapping):
            return next((self.content[k] for k in TARGETS if k in self.content), None)
        if isinstance(self.content, tuple | list) and len(self.content) > 1:
            return self.content[-1]
        return None

    def fingerprint(self) -> float:
        """Return a number that another batch would hardly have."""
        return float(next(tensors_in(self.content)).double().sum())

    def part(self, n: int) -> "Batch":
        """Return the first n samples."""
        whole = self.n_samples
        cut = mapped(self.content, lambda t: t[:n] if t.dim() and t.shape[0] == whole else t)
        return Batch(self.index, cut)

    def copy(self) -> "Batch":
        """Return a copy, for a model that may write into what it gets."""
        return Batch(self.index, mapped(self.content, lambda t: t.detach().clone()))


class Batches:
    """At most so many batches of a loader, as often as they are asked for.

    Each round begins with the same random numbers, so a loader that shuffles gives the same
    batches. One that is an iterator can be read once only; its batches are kept.

    Parameters
    ----------
    loader : iterable
    name : str
        How sentences call it.
    limit : int
    device : torch.device

    Attributes
    ----------
    whole_epoch : bool
        The loader had no more batches; known after a round.
    loader : iterable
        What can be read again.
    """

    def __init__(self, loader: Any, name: str, limit: int, device: Any) -> None:
        if not hasattr(loader, "__iter__") and not hasattr(loader, "__getitem__"):
            raise Refusal(f"{name} must give batches one after another, got {_type(loader)}")
        self.name, self._limit, self._device = name, limit, device
        self.whole_epoch = True
        if hasattr(loader, "__next__"):
            drawn = Randomness()
            try:
                with _read(name, 0):
                    loader = list(islice(loader, limit + 1))
            finally:
                drawn.restore()
        self.loader = loader
        self._start = Randomness(loader)

    def __iter__(self) -> Iterator[Batch]:
        self._start.restore()
        seed_everything(0)
        with _read(self.name, 0):
            batches = iter(self.loader)
        index = 0
        while True:
            with _read(self.name, index):
                content = next(batches, None)
            if content is None:
                break
            if index == self._limit:
                self.whole_epoch = False
                break
            batch = Batch(index, self._checked(content, index))
            drawn = _loader_state()
            yield batch
            _set_loader_state(drawn)
            index += 1
        if not index:
            raise Refusal(f"{self.name} is empty: it gave no batch")

    def _checked(self, content: Any, index: int) -> Any:
        """Return the batch on the model's device; refuse one without tensors or not finite."""
        import torch

        number = f"batch {index + 1} of {self.name}"
        found = list(tensors_in(content))
        if not found or not found[0].dim():
            raise Refusal(f"{number} must hold tensors with a first axis, got {_type(content)}")
        if not found[0].shape[0]:
            raise Refusal(f"{number} has no samples: its shape is {tuple(found[0].shape)}")
        for tensor in found:
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                bad = int((~torch.isfinite(tensor)).sum())
                raise Refusal(
                    f"{number} holds {bad} values of NaN or infinity, so its statistics mean "
                    "nothing. Mend the data first: one such batch ruins running statistics for good"
                )
        return mapped(content, lambda t: t.to(self._device))

    @property
    def last_batch(self) -> int | None:
        """Return the size of the last batch of an epoch, where a ``DataLoader`` tells it."""
        size = getattr(self.loader, "batch_size", None)
        dropped = getattr(self.loader, "drop_last", None)
        try:
            total = len(getattr(self.loader, "sampler", None))  # type: ignore[arg-type]
        except (TypeError, NotImplementedError):
            return None
        if not isinstance(size, int) or dropped is None or not total:
            return None
        return size if dropped or total % size == 0 else total % size


def tensors_in(content: Any) -> Iterator[Any]:
    """Yield the tensors of a batch or an output, however it nests them."""
    from torch import Tensor

    if isinstance(content, Tensor):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from tensors_in(value)
    elif isinstance(content, tuple | list):
        for value in content:
            yield from tensors_in(value)


def mapped(content: Any, change: Callable[[Any], Any]) -> Any:
    """Return the same nest with each tensor changed."""
    from torch import Tensor

    if isinstance(content, Tensor):
        return change(content)
    if isinstance(content, Mapping):
        return {key: mapped(value, change) for key, value in content.items()}
    if isinstance(content, tuple) and hasattr(content, "_fields"):
        return type(content)(*(mapped(value, change) for value in content))
    if isinstance(content, tuple | list):
        return type(content)(mapped(value, change) for value in content)
    return content


class _read:
    """Say where the loader failed, if it does."""

    def __init__(self, name: str, index: int) -> None:
        self._where = f"{name} failed at batch {index + 1}"

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, Refusal):
            raise Refusal(f"{self._where}: {type(error).__name__}: {error}") from error


def _loader_state() -> tuple[Any, ...]:
    import torch

    return torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002


def _set_loader_state(state: tuple[Any, ...]) -> None:
    import torch

    torch.set_rng_state(state[0])
    np.random.set_state(state[1])  # noqa: NPY002
    random.setstate(state[2])


def _type(thing: Any) -> str:
    return type(thing).__name__
