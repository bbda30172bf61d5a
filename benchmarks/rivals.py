"""Many networks at once in PyTorch: batched matrix products with autograd, and torch.func.

Both do what ``Replicas`` does: the same weights at the start, the same batches, BN before ReLU,
plain SGD with one learning rate. Neither keeps running statistics, which spares them some work.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.networks import Task

Array = NDArray[np.float64]
Train = Callable[[], list[torch.Tensor]]  # trains for some steps; gives the weights of each layer


def batched(task: Task, weights: Sequence[Array], n_steps: int) -> Train:
    """Give a function that trains with ``torch.bmm``, weights of the shape (R, D, C).

    Activations have the shape (R, C, N). Without a copy they are also one sample of R * C channels
    and N places, so one call normalizes all replicas.
    """
    nn, (w, gamma, beta, bias) = torch.nn.functional, _parameters(weights)
    r, parameters = len(bias), [*w, gamma, beta, bias]
    for parameter in parameters:
        parameter.requires_grad_()
    optimizer = torch.optim.SGD(parameters, lr=task.spec.lr, fused=True)
    x, labels = torch.from_numpy(task.x), torch.from_numpy(task.labels)
    batches = iter(torch.from_numpy(task.order))

    def logits(x: torch.Tensor) -> torch.Tensor:
        h = x.T.expand(r, -1, -1)
        for layer in range(len(w) - 1):
            z = torch.bmm(w[layer].mT, h).view(1, -1, len(x))
            z = nn.batch_norm(z, None, None, gamma[layer].view(-1), beta[layer].view(-1), True)
            h = nn.relu(z).view(r, -1, len(x))
        return torch.baddbmm(bias[:, :, None], w[-1].mT, h)

    def train() -> list[torch.Tensor]:
        for _ in range(n_steps):
            batch = next(batches)
            optimizer.zero_grad()
            wanted = labels[batch].expand(r, -1)
            # The sum over the replicas of the mean over the batch: no replica sees another.
            loss = nn.cross_entropy(logits(x[batch]), wanted, reduction="sum") / len(batch)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return w

    return train


def vectorized(task: Task, weights: Sequence[Array], n_steps: int) -> Train:
    """Give a function that trains with ``torch.func``: one network's gradient, then ``vmap``."""
    nn, (w, gamma, beta, bias) = torch.nn.functional, _parameters(weights)
    parameters = [*w, *gamma.unbind(), *beta.unbind(), bias]
    x, labels = torch.from_numpy(task.x), torch.from_numpy(task.labels)
    batches, depth = iter(torch.from_numpy(task.order)), len(w) - 1

    def loss(p: Sequence[torch.Tensor], h: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        for layer in range(depth):
            scale, shift = p[depth + 1 + layer], p[2 * depth + 1 + layer]
            h = nn.relu(nn.batch_norm(h @ p[layer], None, None, scale, shift, True))
        return nn.cross_entropy(h @ p[depth] + p[-1], wanted)

    gradients = torch.func.vmap(torch.func.grad(loss), in_dims=(0, None, None))

    def train() -> list[torch.Tensor]:
        with torch.no_grad():
            for _ in range(n_steps):
                batch = next(batches)
                found = gradients(parameters, x[batch], labels[batch])
                torch._foreach_add_(parameters, found, alpha=-task.spec.lr)
        return w

    return train


def _parameters(
    weights: Sequence[Array],
) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give the weights, (R, D, C) each; gamma and beta, (L, R, C); the last bias, (R, K)."""
    w = [torch.from_numpy(layer.astype(np.float32)) for layer in weights]
    gamma = torch.ones(len(w) - 1, len(w[0]), w[0].shape[-1])
    return w, gamma, torch.zeros_like(gamma), torch.zeros(len(w[0]), w[-1].shape[-1])
