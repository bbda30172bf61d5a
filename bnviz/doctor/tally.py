"""What is counted for one norm layer from pass to pass, and the record that comes of it.

Letters: **C** channels, **K** calls of a layer in one forward pass.
"""

from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.variance import merge
from bnviz.doctor.moments import EMPTY, Pool, Seen, seen
from bnviz.doctor.record import QUANTILES, Layer, Neighbours
from bnviz.doctor.walk import Norm, channels_of

MOST_CALLS = 8
"""A layer that is called more often in one pass, once for each time step, has the rest in one."""
SHARE_BATCHES = 8
"""Batches that the share of outputs above 0 is counted in."""
SAMPLED = 4096
"""Values of an output that are compared between two modes."""


class Gap:
    """The distance between what two modes give: root mean square, over the standard deviation."""

    def __init__(self) -> None:
        self._n, self._sum, self._square, self._away = 0, 0.0, 0.0, 0.0

    def add(self, reference: Array, other: Array) -> None:
        """Take in some values of both, arrays of one shape; another shape is infinitely far."""
        if reference.shape != other.shape:
            self._away = np.inf
            return
        with np.errstate(invalid="ignore", over="ignore"):
            self._n += reference.size
            self._sum += float(reference.sum())
            self._square += float(np.square(reference).sum())
            self._away += float(np.square(other - reference).sum())

    @property
    def value(self) -> float:
        """Return the distance; infinite if something was not finite."""
        if self._away == 0 or not self._n:
            return 0.0
        variance = self._square / self._n - (self._sum / self._n) ** 2
        if not np.isfinite(self._away) or not variance > 0:
            return float("inf")
        return float(np.sqrt(self._away / self._n / variance))


def sampled(output: Any) -> Array:
    """Return at most ``SAMPLED`` values of a tensor, evenly spread: float64, one axis."""
    flat = output.detach().reshape(-1)
    # Odd, so that it does not meet the same channel or the same place again and again.
    step = max(flat.numel() // SAMPLED, 1) | 1
    return flat[::step][:SAMPLED].cpu().double().numpy()


class Tally:
    """All counts of one norm layer."""

    def __init__(self, norm: Norm) -> None:
        self.norm = norm
        self.calls = 0
        self.updates: int | None = None
        self.input_dtype = ""
        self.gap = Gap()
        self.pools: dict[str, list[Pool]] = {}
        self._reference: dict[int, Array] = {}
        self._channels = 0
        self._positive: Any = 0.0
        self._n_positive = 0

    def see(self, where: str, call: int, x: Any) -> Seen | None:
        """Pool the input of a call under a name such as "batch"; return its statistics, if any."""
        if not x.numel():
            return None
        self._channels = self._channels or channels_of(self.norm, x.shape)
        self.input_dtype = self.input_dtype or str(x.dtype).removeprefix("torch.")
        unbatched = getattr(self.norm.module, "_get_no_batch_dim", lambda: -1)()
        x = x[None] if x.dim() == unbatched else x
        part = seen(x, self._channels, instances=self.norm.kind == "instance")
        pools = self.pools.setdefault(where, [])
        if call >= len(pools) and len(pools) < MOST_CALLS:
            pools.append(Pool())
        pools[min(call, MOST_CALLS - 1)].add(part)
        return part

    def keep(self, call: int, output: Any) -> None:
        """Keep some values of an output, to compare with."""
        self._reference[call] = sampled(output)

    def compare(self, call: int, output: Any, batch: int) -> None:
        """Compare an output with the one that was kept, and count what is above 0."""
        if call in self._reference:
            self.gap.add(self._reference[call], sampled(output))
        if batch < SHARE_BATCHES and output.numel():
            axis = 1 if output.dim() > 1 and output.shape[1] == self._channels else -1
            above = (output.movedim(axis, 1) > 0).float().flatten(1)
            share_C = above.unflatten(1, (self._channels, -1)).mean((0, 2))
            self._positive = self._positive + share_C.cpu().double().numpy()
            self._n_positive += 1

    def statistics(self, where: str, call: int | None = None) -> tuple[Array, Array] | None:
        """Return the pooled mean and variance, of one call or of all; None if nothing was seen.

        Both have the shape (channels,); the variance is the biased one.
        """
        pools = self.pools.get(where, [])
        pools = pools if call is None else pools[call : call + 1]
        if not pools:
            return None
        if self.norm.kind == "instance":
            samples, variances = EMPTY, np.zeros(())
            for pool in pools:
                samples, variances = merge(samples, pool.samples), variances + pool.instance_vars
            return samples.mean, variances / samples.n
        total = EMPTY
        for pool in pools:
            total = merge(total, pool.total)
        return total.mean, total.var

    def layer(self, neighbours: Neighbours, decay: dict[int, float]) -> Layer:
        """Return the record of the layer; its buffers must be those that were handed over."""
        module, pools = self.norm.module, self.pools["batch"]
        mean, var = self.statistics("batch")  # type: ignore[misc]
        gamma, beta = (getattr(module, name, None) for name in ("weight", "bias"))
        running = [_array(getattr(module, name, None)) for name in ("running_mean", "running_var")]
        counter = getattr(module, "num_batches_tracked", None)
        scatter, dof = self._scatter(self.pools.get("alone", pools))
        dtypes = (getattr(module, name, None) for name in ("running_mean", "weight"))
        dtype = next((str(t.dtype).removeprefix("torch.") for t in dtypes if t is not None), "")
        calls = [self.statistics("batch", k) for k in range(len(pools))] if len(pools) > 1 else []
        trained, evaluated = self._trained(mean, var), self.statistics("eval data")
        return Layer(
            name=self.norm.name,
            kind=self.norm.kind,
            class_name=type(module).__name__,
            channels=self._channels,
            eps=_number(getattr(module, "eps", None)),
            momentum=_number(getattr(module, "momentum", None)),
            affine=gamma is not None,
            tracks=running[0] is not None,
            training=bool(module.training),
            learns=any(t is not None and t.requires_grad for t in (gamma, beta)),
            dtype=dtype,
            counter=None if counter is None else int(counter),
            gamma=_array(gamma),
            beta=_array(beta),
            gamma_spread=_spread(gamma),
            beta_spread=_spread(beta),
            gamma_decay=decay.get(id(gamma)),
            beta_decay=decay.get(id(beta)),
            running_mean=running[0],
            running_var=running[1],
            mean=mean,
            var=var,
            noise=np.zeros(len(var)) if self.norm.kind == "instance" else _noise(pools, var),
            n_values=sum(pool.total.n for pool in pools),
            values_per_batch=self._values_per_batch(pools),
            scatter=scatter,
            scatter_dof=dof,
            batch_shift=_shifts(pools, mean, var),
            calls=self.calls,
            updates=self.updates,
            call_means=np.stack([c[0] for c in calls if c]) if calls else None,
            call_vars=np.stack([c[1] for c in calls if c]) if calls else None,
            trained_mean=trained[0] if trained else None,
            trained_var=trained[1] if trained else None,
            eval_mean=evaluated[0] if evaluated else None,
            eval_var=evaluated[1] if evaluated else None,
            input_dtype=self.input_dtype,
            positive_share=np.broadcast_to(
                self._positive / max(self._n_positive, 1), (self._channels,)
            ).copy(),
            output_gap=self.gap.value,
            neighbours=neighbours,
        )

    def _scatter(self, pools: list[Pool]) -> tuple[Array | None, tuple[int, int]]:
        found = [pool.scatter() for pool in pools]
        ratios = [ratio for ratio, _ in found if ratio is not None]
        return (np.mean(ratios, axis=0), found[0][1]) if ratios else (None, (0, 0))

    def _values_per_batch(self, pools: list[Pool]) -> tuple[int, ...]:
        """Return how many values one call normalizes together, the fewest of the calls."""
        each = [p.positions if self.norm.kind == "instance" else p.counts for p in pools]
        length = min(map(len, each))
        return tuple(min(counts[g] for counts in each) for g in range(length))

    def _trained(self, mean: Array, var: Array) -> tuple[Array, Array] | None:
        """Return the statistics in mode "train" where they differ from those in mode "batch"."""
        found = self.statistics("train")
        counts = [[p.total.n for p in self.pools.get(where, [])] for where in ("train", "batch")]
        if found is None or counts[0] != counts[1]:
            return None
        scale = np.sqrt(var) + np.abs(mean) + 1e-30
        same_mean = np.abs(found[0] - mean) < 1e-4 * scale
        same_var = np.abs(found[1] - var) < 1e-3 * var + 1e-30
        return None if np.all(same_mean & same_var) else found


def _noise(pools: list[Pool], var: Array) -> Array:
    """Return how far the means of the batches scatter: the part of the variance between them."""
    within = sum((p.within for p in pools), np.zeros(())) / sum(p.total.n for p in pools)
    between = np.maximum(var - within, 0.0)
    return np.sqrt(np.divide(between, var, out=np.zeros(len(var)), where=var > 0))


def _shifts(pools: list[Pool], mean: Array, var: Array) -> tuple[float, ...]:
    """Return how far the means of each batch are from the pooled ones, in standard deviations."""
    std = np.sqrt(np.where(var > 0, var, np.inf))
    shifts = []
    for g in range(min(len(p.means) for p in pools)):
        weights = np.array([p.counts[g] for p in pools], float)
        batch = np.average([p.means[g] for p in pools], axis=0, weights=weights)
        shifts.append(float(np.sqrt(np.square((batch - mean) / std).mean())))
    return tuple(shifts)


def _array(tensor: Any) -> Array | None:
    return None if tensor is None else tensor.detach().cpu().double().numpy().copy()


def _spread(tensor: Any) -> tuple[float, ...]:
    values = _array(tensor)
    if values is None or not np.isfinite(values).all():
        return () if values is None else (float("nan"),) * len(QUANTILES)
    return tuple(float(q) for q in np.quantile(values, QUANTILES))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
