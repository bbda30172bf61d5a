"""The modes that a model is examined in, and how its norm layers are put in them.

Running statistics are never written: each mode gives the layers other tensors in their place. In
mode ``batch`` a layer stays in evaluation mode, and the statistics of its batch are poured into
such a tensor right before it is called. So it works for layers that no mode updates, needs no group
of processes, and a batch of one does not fail.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.doctor.moments import Seen
from bnviz.doctor.walk import Norm

Pair = tuple[Array, Array]
_NAMES = ("running_mean", "running_var")
_BUFFERS = (*_NAMES, "num_batches_tracked")


class Modes:
    """Put a model in one mode after another; a ``Snapshot`` of it brings back how it was."""

    def __init__(self, model: Any, norms: Sequence[Norm]) -> None:
        self._model, self._norms = model, norms
        self._training = [(m, m.training) for m in model.modules()]
        self.handed_training = bool(model.training)
        self._buffers = [
            {n: b for n in _BUFFERS if (b := norm.module._buffers.get(n)) is not None}
            for norm in norms
        ]
        self._poured: set[int] = set()

    def use(self, mode: str, statistics: Mapping[int, Pair] | None = None) -> None:
        """Put the model in a mode; `statistics` are those of layers with others than their own."""
        for norm, buffers in zip(self._norms, self._buffers, strict=True):
            norm.module._buffers.update({name: b.clone() for name, b in buffers.items()})
        self._poured = set()
        if mode == "train":
            self._train()
        else:
            self._model.eval()
        if mode == "batch":
            self._use_batches()
        for index, pair in (statistics or {}).items():
            self._put(index, pair)

    def pour(self, index: int, part: Seen | None) -> None:
        """Give a layer the statistics of the batch that it is about to normalize."""
        if part is not None and index in self._poured:
            self._put(index, (part.channel.mean, part.channel.var))

    def handed_statistics(self, index: int) -> Pair:
        """Return the running mean and variance of a layer as they were handed over."""
        mean, var = (self._buffers[index][n].detach().cpu().double().numpy() for n in _NAMES)
        return mean, var

    def _train(self) -> None:
        self._model.train()
        if self.handed_training:
            for module, training in self._training:
                module.training = training
        if in_group():
            # A layer that waits for the other processes would wait for ever.
            for index, norm in enumerate(self._norms):
                if norm.kind == "sync" and norm.module.training:
                    norm.module.training = False
                    self._poured.add(index)

    def _use_batches(self) -> None:
        for index, norm in enumerate(self._norms):
            if norm.kind == "instance":
                norm.module.training = True
            elif norm.tracks:
                self._poured.add(index)

    def _put(self, index: int, pair: Pair) -> None:
        import torch

        for name, values in zip(_NAMES, pair, strict=True):
            own = self._buffers[index][name]
            new = torch.as_tensor(np.asarray(values), dtype=own.dtype, device=own.device)
            self._norms[index].module._buffers[name] = new


def in_group() -> bool:
    """Return whether this is one of several processes that train together."""
    from torch import distributed

    return bool(distributed.is_available() and distributed.is_initialized())


def n_processes() -> int:
    """Return how many processes train together."""
    from torch import distributed

    return int(distributed.get_world_size()) if in_group() else 1
