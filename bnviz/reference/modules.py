"""The modules of a trainer's network in PyTorch.

PyTorch is imported inside the functions, so the classes are made there too.
"""

from functools import cache
from typing import Any

from bnviz.core.network.spec import Spec
from bnviz.reference import _torch


@cache
def network_class() -> Any:
    """Return the class of the network, which is made from a ``Spec``."""
    torch = _torch()
    nn = torch.nn
    activations = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}

    class Network(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, spec: Spec) -> None:
            super().__init__()
            self.spec = spec
            biases = [spec.hidden_bias] * spec.depth + [True]
            fans = zip(spec.sizes, spec.sizes[1:], biases, strict=False)
            self.linears = nn.ModuleList([nn.Linear(d, c, bias=bias) for d, c, bias in fans])
            for linear in self.linears[:-1]:
                _rescale(spec, linear)
            n_norms = 0 if spec.norm == "none" else spec.depth
            self.norms = nn.ModuleList([norm_module(spec) for _ in range(n_norms)])

        def forward(self, h: Any, masks: Any = None) -> Any:
            every = self.spec.dropout_position == "every"
            for layer in range(self.spec.depth):
                before, h = h, self.block(layer, h)
                if masks is not None and every:
                    h = h * masks[layer]
                if self.spec.skip and layer > 0:
                    h = before + h
            if masks is not None and not every:
                h = h * masks[0]
            return self.linears[-1](h)

        def block(self, layer: int, h: Any) -> Any:
            h = self.linears[layer](h)
            if self.norms and self.spec.placement == "before":
                h = self.norms[layer](h)
            h = activations[self.spec.activation](h)
            if self.norms and self.spec.placement == "after":
                h = self.norms[layer](h)
            return h

    return Network


def _rescale(spec: Spec, linear: Any) -> None:
    """Send the weights of a layer through PyTorch's weight or spectral normalization."""
    parametrizations = _torch().nn.utils.parametrizations
    if spec.weight_norm == "weight":
        parametrizations.weight_norm(linear)
    elif spec.weight_norm == "spectral":
        parametrizations.spectral_norm(linear)


def norm_module(spec: Spec) -> Any:
    """Return the norm of a layer: PyTorch's own where it has one."""
    nn = _torch().nn
    match spec.norm:
        case "bn":
            return nn.BatchNorm1d(spec.width, spec.eps, spec.momentum)
        case "ln":
            return nn.LayerNorm(spec.width, spec.eps)
        case "gn":
            return nn.GroupNorm(spec.n_groups, spec.width, spec.eps)
        case "rms":
            return nn.RMSNorm(spec.width, spec.eps)
        case _:
            return _own_norms()[spec.norm](spec)


@cache
def _own_norms() -> dict[str, Any]:
    """Return the classes of the norms that PyTorch does not have."""
    torch = _torch()

    class Tracking(torch.nn.BatchNorm1d):  # type: ignore[misc, name-defined]
        """Batch norm's parameters and running statistics, for another formula."""

        def __init__(self, spec: Spec) -> None:
            super().__init__(spec.width, spec.eps, spec.momentum)
            self.spec = spec

        def forward(self, x: Any) -> Any:
            mean, var = self.running_mean, self.running_var
            if self.training:
                mean, var = x.mean(0), x.var(0, correction=0)
            y = self.formula(x, mean, torch.sqrt(var + self.eps)) * self.weight + self.bias
            if self.training:
                super().forward(x.detach())  # moves the running statistics
            return y

    class MeanOnly(Tracking):
        def formula(self, x: Any, mean: Any, _: Any) -> Any:
            return x - mean

    class StdOnly(Tracking):
        def formula(self, x: Any, _: Any, std: Any) -> Any:
            return x / std

    class Renorm(Tracking):
        def formula(self, x: Any, mean: Any, std: Any) -> Any:
            running_std = torch.sqrt(self.running_var + self.eps)
            r = torch.clamp(std / running_std, 1 / self.spec.r_max, self.spec.r_max)
            d = (mean - self.running_mean) / running_std
            d = torch.clamp(d, -self.spec.d_max, self.spec.d_max)
            return (x - mean) / std * r.detach() + d.detach()

    class Ghost(Tracking):
        """PyTorch's batch norm, called for each chunk."""

        def forward(self, x: Any) -> Any:
            chunks = x.split(self.spec.ghost_size) if self.training else [x]
            return torch.cat([torch.nn.BatchNorm1d.forward(self, chunk) for chunk in chunks])

    return {"mean-only": MeanOnly, "std-only": StdOnly, "renorm": Renorm, "ghost": Ghost}
