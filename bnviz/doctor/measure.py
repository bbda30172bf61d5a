"""A check-up from beginning to end: passes in several modes, then everything as it was before."""

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.doctor import step
from bnviz.doctor.batches import Batch, Batches
from bnviz.doctor.loss import Judgement, Loss, main_tensor
from bnviz.doctor.modes import Pair, in_group, n_processes
from bnviz.doctor.neighbours import Scene
from bnviz.doctor.outcomes import Score
from bnviz.doctor.passes import BatchOfOne, Forward, Passes
from bnviz.doctor.record import Record
from bnviz.doctor.refusal import Refusal
from bnviz.doctor.restore import untouched
from bnviz.doctor.tally import Gap, Tally, sampled
from bnviz.doctor.walk import norms_of, unwrap


def measure(
    model: Any,
    loader: Any,
    *,
    eval_loader: Any = None,
    loss: Loss | None = None,
    optimizer: Any = None,
    max_batches: int = 32,
    forward: Forward | None = None,
    averaged: Any = None,
) -> Record:
    """Measure what a check-up needs; arguments and errors are those of ``report.examine``."""
    import torch

    if isinstance(max_batches, bool) or not isinstance(max_batches, int) or max_batches < 2:
        raise Refusal(f"max_batches must be a whole number of at least 2, got {max_batches!r}")
    start = perf_counter()
    inner = unwrap(model)
    decay = _decay(optimizer)
    device = next((t.device for t in _tensors(inner)), torch.device("cpu"))
    if device.type == "meta":
        raise Refusal(
            "the model is on the device meta, where tensors have no numbers: load it first"
        )
    batches = Batches(loader, "loader", max_batches, device)
    evaluation = None
    if eval_loader is not None:
        evaluation = Batches(eval_loader, "eval_loader", max_batches, device)
    modules = [m for m in (inner, loss) if isinstance(m, torch.nn.Module)]
    with untouched(modules, (loader, eval_loader)):
        check = _CheckUp(inner, forward, Judgement(loss))
        check.first_round(batches)
        check.second_round(batches)
        if evaluation is not None:
            check.evaluation_round(evaluation)
    twin = None
    if averaged is not None:
        twin = measure(
            averaged,
            batches.loader,
            eval_loader=evaluation and evaluation.loader,
            loss=loss,
            max_batches=max_batches,
            forward=forward,
        )
    return check.record(batches, decay, twin, perf_counter() - start)


class _CheckUp:
    """One model on the table."""

    def __init__(self, model: Any, forward: Forward | None, judgement: Judgement) -> None:
        self._model, self._judgement = model, judgement
        self._norms, self._independent = norms_of(model)
        self._tallies = [Tally(norm) for norm in self._norms]
        self._passes = Passes(model, self._norms, forward)
        self._scene = Scene(self._norms)
        self._order: list[int] = []
        self._scores: list[Score] = []
        self._references: list[tuple[float, Array | None]] = []
        self._sizes: dict[str, tuple[int, ...]] = {"train": (), "eval": ()}
        self._dependence: float | None = None
        self._refused: list[str] = []

    def first_round(self, batches: Batches) -> None:
        """Measure the statistics of the batches, and the model as it stands."""
        scores = self._new_scores("train", "batch", "eval", "train")
        for batch in batches:
            if batch.index == 0:
                self._look_around(batch)
            self._sizes["train"] += (batch.n_samples,)
            output = self._pool(batch, "batch")
            self._references.append((batch.fingerprint(), _values(output)))
            self._score(scores["batch"], output, batch)
            self._score(scores["eval"], self._evaluated(batch), batch)
            try:
                output = self._passes.run("train", batch, self._see("train"))
            except BatchOfOne as error:
                self._refused.append(f"batch {batch.index + 1}: {error}")
            else:
                self._score(scores["train"], output, batch)
        self._refuse_too_few(batches.name)

    def second_round(self, batches: Batches) -> None:
        """Try the repairs that need no training."""
        repairs = {"precise": self._precise()}
        if finite := self._finite():
            repairs["finite"] = finite
        self._try_repairs(batches, "train", repairs)

    def evaluation_round(self, batches: Batches) -> None:
        """Measure the same on evaluation data, with the statistics of the training data."""
        scores = self._new_scores("eval", "batch", "eval")
        self._references = []
        for batch in batches:
            self._sizes["eval"] += (batch.n_samples,)
            output = self._pool(batch, "eval data")
            self._references.append((batch.fingerprint(), _values(output)))
            self._score(scores["batch"], output, batch)
            self._score(scores["eval"], self._passes.run("eval", batch), batch)
        repairs = {"precise": self._precise()}
        if finite := self._finite():
            repairs["finite"] = finite
        self._try_repairs(batches, "eval", repairs)

    def record(
        self, batches: Batches, decay: dict[int, float], twin: Record | None, seconds: float
    ) -> Record:
        """Return all that was measured; the model must be as it was handed over."""
        import torch

        # One that was called without any sample has no statistics.
        order = [i for i in self._order if self._tallies[i].pools.get("batch")]
        called = [self._tallies[i] for i in order]
        outcomes = (score.outcome() for score in self._scores)
        return Record(
            model=type(self._model).__name__,
            training=self._passes.modes.handed_training,
            layers=tuple(
                t.layer(self._scene.neighbours(i), decay)
                for i, t in zip(order, called, strict=True)
            ),
            independent=tuple(self._independent),
            uncalled=tuple(t.norm.name for t in self._tallies if t not in called),
            functional_calls=self._scene.functional_calls,
            outcomes=tuple(o for o in outcomes if o is not None),
            loss_name=self._judgement.name,
            batch_sizes=self._sizes["train"],
            eval_batch_sizes=self._sizes["eval"],
            last_batch=batches.last_batch,
            whole_epoch=batches.whole_epoch,
            batch_dependence=self._dependence,
            refused=tuple(self._refused),
            world_size=n_processes(),
            averaged=twin,
            n_passes=self._passes.n,
            seconds=seconds,
            forward_seconds=self._passes.seconds,
            torch_version=str(torch.__version__),
        )

    def _look_around(self, batch: Batch) -> None:
        """See what is called, what stands beside it, and how often a step moves statistics."""
        with self._scene.recording():
            whole = self._passes.run("eval", batch)
        self._order = list(self._passes.watch.order)
        for tally, calls in zip(self._tallies, self._passes.watch.calls, strict=True):
            tally.calls = calls
        self._dependence = self._compare_half(batch, whole)
        if not in_group():
            moved = step.updates(self._model, self._norms, self._passes, batch, self._judgement)
            for tally, count in zip(self._tallies, moved or [], strict=False):
                tally.updates = count

    def _compare_half(self, batch: Batch, whole: Any) -> float | None:
        """Return how far the outputs for half a batch depend on the other half."""
        out, n = main_tensor(whole), batch.n_samples
        if out is None or n < 2 or not out.dim() or out.shape[0] != n:
            return None
        try:
            half = main_tensor(self._passes.run("eval", batch.part(n // 2)))
        except Refusal:
            return None
        gap = Gap()
        gap.add(sampled(out[: n // 2]), sampled(half))
        return gap.value

    def _pool(self, batch: Batch, where: str) -> Any:
        """Pool the statistics of a batch; return the output that they give."""

        def before(index: int, call: int, x: Any) -> None:
            self._passes.modes.pour(index, self._tallies[index].see(where, call, x))

        def after(index: int, call: int, y: Any) -> None:
            self._tallies[index].keep(call, y)

        return self._passes.run("batch", batch, before, after)

    def _see(self, where: str) -> Callable[[int, int, Any], None]:
        def before(index: int, call: int, x: Any) -> None:
            self._passes.modes.pour(index, self._tallies[index].see(where, call, x))

        return before

    def _see_alone(self, index: int, call: int, x: Any) -> None:
        """Take in what arrives where no sample touches another."""
        self._tallies[index].see("alone", call, x)

    def _evaluated(self, batch: Batch) -> Any:
        def after(index: int, call: int, y: Any) -> None:
            self._tallies[index].compare(call, y, batch.index)

        return self._passes.run("eval", batch, None, after)

    def _new_scores(self, data: str, *modes: str) -> dict[str, Score]:
        scores = {mode: Score(mode, data, self._judgement) for mode in modes}
        self._scores += scores.values()
        return scores

    def _score(self, score: Score, output: Any, batch: Batch) -> None:
        known = batch.index < len(self._references)
        mark, reference = self._references[batch.index] if known else (None, None)
        score.add(output, batch, reference if mark == batch.fingerprint() else None)

    def _try_repairs(
        self, batches: Batches, data: str, repairs: dict[str, dict[int, Pair]]
    ) -> None:
        scores = self._new_scores(data, *repairs)
        for batch in batches:
            for mode, statistics in repairs.items():
                see = self._see_alone if (mode, data) == ("precise", "train") else None
                output = self._passes.run(mode, batch, see, statistics=statistics)
                self._score(scores[mode], output, batch)

    def _precise(self) -> dict[int, Pair]:
        """Return the pooled statistics of each layer that has running ones."""
        found = {i: self._tallies[i].statistics("batch") for i in self._order}
        return {i: pair for i, pair in found.items() if pair and self._norms[i].tracks}

    def _finite(self) -> dict[int, Pair]:
        """Return running statistics whose non-finite channels are exchanged; {} without any."""
        mended = {}
        for index, (mean, var) in self._precise().items():
            own_mean, own_var = self._passes.modes.handed_statistics(index)
            good = np.isfinite(own_mean) & np.isfinite(own_var)
            if not good.all():
                mended[index] = np.where(good, own_mean, mean), np.where(good, own_var, var)
        return mended

    def _refuse_too_few(self, name: str) -> None:
        """Refuse a loader whose batches say nothing about how batches differ."""
        if len(self._sizes["train"]) == 1:
            raise Refusal(
                f"{name} gave one batch: at least two are needed, to tell the noise of a batch "
                "from a difference. Cut the data into batches of the size used in training"
            )
        if self._all_of_one():
            raise Refusal(
                f"{name} gives batches of one: a norm layer has one value per channel, its "
                "variance is 0 and its output beta, whatever the input. Give batches of two or more"
            )

    def _all_of_one(self) -> bool:
        """Return whether some layer never had more than one value per channel."""
        called = [self._tallies[i] for i in self._order]
        pools = [t.pools.get("batch", []) for t in called if t.norm.kind in ("batch", "sync")]
        return any(p and all(n == 1 for pool in p for n in pool.counts) for p in pools)


def _values(output: Any) -> Array | None:
    out = main_tensor(output)
    return None if out is None else sampled(out)


def _tensors(model: Any) -> Iterator[Any]:
    yield from model.parameters()
    yield from model.buffers()


def _decay(optimizer: Any) -> dict[int, float]:
    """Return the weight decay of each parameter of an optimizer, by its id."""
    if optimizer is None:
        return {}
    groups = getattr(optimizer, "param_groups", None)
    if groups is None:
        raise Refusal(f"optimizer must be one of torch.optim, got {type(optimizer).__name__}")
    return {id(p): float(g.get("weight_decay", 0.0)) for g in groups for p in g["params"]}
