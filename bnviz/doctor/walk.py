"""The norm layers of a model, found by walking through its modules.

PyTorch is imported inside the functions. A module is recognised by its class, or by buffers called
``running_mean`` and ``running_var``: classes of other libraries need not be known.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bnviz.doctor.record import Independent
from bnviz.doctor.refusal import Refusal

# Own classes that copy one of PyTorch's mostly keep its name.
_INDEPENDENT_NAME = re.compile(r"(Layer|Group|RMS|Instance)_?Norm", re.IGNORECASE)
_WRAPPERS = {
    "OptimizedModule": "_orig_mod",
    "DataParallel": "module",
    "DistributedDataParallel": "module",
    "AveragedModel": "module",
}


@dataclass(frozen=True, eq=False)
class Norm:
    """A norm layer of the model: its name, the module, and its kind (see ``record.KINDS``)."""

    name: str
    module: Any
    kind: str

    @property
    def tracks(self) -> bool:
        """Return whether it has running statistics."""
        return getattr(self.module, "running_mean", None) is not None


def unwrap(model: Any) -> Any:
    """Return the model inside of what compiles it, spreads it over devices or averages it.

    Raises
    ------
    Refusal
        If it is no module, or one that cannot be watched: scripted, quantized, or lazy and not
        called yet.
    """
    from torch import jit, nn

    while isinstance(model, nn.Module):
        inner = getattr(model, _WRAPPERS.get(type(model).__name__, ""), None)
        if not isinstance(inner, nn.Module):
            break
        model = inner
    if not isinstance(model, nn.Module):
        raise Refusal(f"model must be a torch.nn.Module, got {type(model).__name__}")
    for name, module in model.named_modules():
        where = f"its module {name!r}" if name else "it"
        if isinstance(module, jit.ScriptModule):
            raise Refusal(
                f"the model cannot be examined: {where} is scripted or traced, and such modules "
                "take no hooks. Give the model as it was before torch.jit.script or torch.jit.trace"
            )
        if "quantized" in type(module).__module__:
            raise Refusal(
                f"the model cannot be examined: {where} is quantized ({type(module).__name__}), "
                "and its norm layers are folded away. Give the float model before the conversion"
            )
    lazy = [name for name, p in model.named_parameters() if nn.parameter.is_lazy(p)]
    lazy += [name for name, b in model.named_buffers() if nn.parameter.is_lazy(b)]
    if lazy:
        raise Refusal(
            f"the model cannot be examined: {lazy[0]!r} of a lazy module has no shape yet. Call "
            "the model on one batch first"
        )
    return model


def norms_of(model: Any) -> tuple[list[Norm], list[Independent]]:
    """Return the norm layers that depend on the batch or on running statistics, and the others.

    Raises
    ------
    Refusal
        If there is neither.
    """
    found, independent = [], []
    for name, module in model.named_modules():
        kind = kind_of(module)
        if kind == "independent":
            independent.append(Independent(name=name, class_name=type(module).__name__))
        elif kind:
            found.append(Norm(name, module, kind))
    if not found and not independent:
        raise Refusal(
            f"the model has no norm layers: none of the {sum(1 for _ in model.modules())} modules "
            f"of {type(model).__name__} is one or has buffers running_mean and running_var"
        )
    return found, independent


def kind_of(module: Any) -> str:
    """Return a key of ``record.KINDS``, "independent" for norms of one sample, or ""."""
    from torch import nn
    from torch.nn.modules.batchnorm import _BatchNorm
    from torch.nn.modules.instancenorm import _InstanceNorm

    if isinstance(module, _InstanceNorm):
        return "instance" if module.running_mean is not None else "independent"
    if isinstance(module, nn.SyncBatchNorm):
        return "sync"
    if isinstance(module, _BatchNorm):
        return "batch"
    buffers = module._buffers
    pair = [buffers.get("running_mean"), buffers.get("running_var")]
    if all(b is not None and b.dim() == 1 for b in pair) and pair[0].shape == pair[1].shape:
        updates = "num_batches_tracked" in buffers or any(True for _ in module.parameters())
        return "batch" if updates else "frozen"
    known = (nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm)
    if isinstance(module, known) or _INDEPENDENT_NAME.search(type(module).__name__):
        return "independent"
    return ""


def channels_of(norm: Norm, shape: Sequence[int]) -> int:
    """Return the number of channels: of the running statistics, of gamma, or of the input."""
    for name in ("running_mean", "weight"):
        tensor = getattr(norm.module, name, None)
        if tensor is not None:
            return int(tensor.numel())
    return int(shape[1])
