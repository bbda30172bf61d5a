"""One training step, forward and backward, to count how often running statistics move in it.

Checkpointing computes a part of the forward pass again in the backward pass, and its norm layers
move their statistics twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bnviz.doctor.batches import Batch, tensors_in
from bnviz.doctor.loss import Judgement
from bnviz.doctor.passes import Passes
from bnviz.doctor.walk import Norm


def updates(
    model: Any, norms: list[Norm], passes: Passes, batch: Batch, judgement: Judgement
) -> list[int] | None:
    """Return for each layer how often its statistics move in a step; None if the step fails.

    The model's gradients are set aside, and no hook that acts on a gradient is called. Without a
    loss the sum of the outputs takes its place: what is counted does not depend on it.
    """
    import torch

    moved = [0] * len(norms)

    def count(index: int, _call: int, _x: Any) -> None:
        norm = norms[index]
        moved[index] += bool(norm.module.training and norm.tracks and norm.kind != "frozen")

    try:
        passes.modes.use("train")
        passes.n += 1
        with torch.enable_grad(), _gradients_aside(model), passes.watch.looking(count):
            output = passes.call(batch.copy())
            loss = judgement.loss(output, batch)
            if loss is None or not loss.requires_grad:
                loss = sum(t.float().sum() for t in tensors_in(output) if t.requires_grad)
            if isinstance(loss, torch.Tensor) and loss.requires_grad:
                loss.backward()  # type: ignore[no-untyped-call]
    except Exception:  # whatever it is, the model was called before and said it better
        return None
    return moved


@contextmanager
def _gradients_aside(model: Any) -> Iterator[None]:
    """Take away gradients, and the hooks that a backward pass would call."""
    parameters = list(model.parameters())
    grads = [p.grad for p in parameters]
    held = [getattr(p, name) for p in parameters for name in _TENSOR_HOOKS]
    held += [getattr(m, name) for m in model.modules() for name in _MODULE_HOOKS]
    # PyTorch holds these tables too, so they are emptied, not exchanged.
    hooks = [(table, dict(table)) for table in held if table]
    try:
        for table, _ in hooks:
            table.clear()
        for parameter in parameters:
            parameter.grad = None
        yield
    finally:
        for parameter, grad in zip(parameters, grads, strict=True):
            parameter.grad = grad
        for table, content in hooks:
            table.update(content)


_TENSOR_HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")
_MODULE_HOOKS = ("_backward_hooks", "_backward_pre_hooks")
