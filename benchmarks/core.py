"""How quick the core is, beside PyTorch and beside its own matrix products.

    python -m benchmarks.core [--only TABLE] [--rounds N] [--quick]

The tables are step, norms, snapshots, replicas, rivals, sweep and memory.

Aims are printed beside what was measured, and marked where they are missed. Figures of a busy
machine are worth little: look at the ratios, and run it twice.
"""

import argparse
import itertools
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.networks import Network, Task, eager, products, task
from benchmarks.norms import CASES, contenders
from benchmarks.rivals import batched, vectorized
from benchmarks.rounds import Effort, Ratio, cpu_times, micros, print_table, ratio, repeated
from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.evaluation import HeldOut, TrainingMode
from bnviz.core.train.replicas import Replicas, chunk_size
from bnviz.core.train.trainer import Trainer

# Networks, then the aims: time of a step over PyTorch's, and over the matrix products'.
STEPS = [
    (Network("2-8-8-2 (softmax needs 2 logits) B10 tanh", 2, 8, 2, 2, 10, "tanh"), 0.10, None),
    (Network("64-64x6-10 B32 relu", 64, 64, 6, 10, 32), 0.28, 3.1),
    (Network("64-64x6-10 B256 relu", 64, 64, 6, 10, 256), 0.60, 2.0),
    (Network("64-64x20-10 B64 relu", 64, 64, 20, 10, 64), 0.40, 2.5),
    (Network("784-100x3-10 B60 sigmoid", 784, 100, 3, 10, 60, "sigmoid"), 0.52, 1.6),
]
# Networks, replicas, and the aim: time of a loop over that of the replicas.
REPLICAS = [
    (Network("2-8-8-3 B10 relu", 2, 8, 2, 3, 10), 32, 12),
    (Network("2-16x6-3 B32 relu", 2, 16, 6, 3, 32), 32, 5.5),
    (Network("2-32x4-3 B32 relu", 2, 32, 4, 3, 32), 32, 3.2),
    (Network("64-64x6-10 B32 relu", 64, 64, 6, 10, 32), 8, 1.6),
]
# The network and the number of replicas; then the aims: time of PyTorch over that of the replicas.
RIVALS, RIVALS_AIMS = (Network("2-32x4-3 B32 relu", 2, 32, 4, 3, 32), 16), {"bmm": 2.2, "vmap": 6.0}
SIDES = ("ours", "kernel", "pytorch")
SWEEP_AIM, MEMORY_AIM = 0.55, 20


def step(effort: Effort) -> None:
    """Compare a training step with PyTorch's, and with its own matrix products."""
    rows = []
    for network, eager_aim, products_aim in STEPS:
        n = effort.steps(30 * network.depth)
        given = task(network, n * (effort.n_rounds + 1))
        times = cpu_times(
            {
                "ours": partial(given.trainer().advance, n),
                "foreach": eager(given, n, foreach=True),
                "fused": eager(given, n, fused=True),
                "products": products(given, n),
            },
            effort.n_rounds,
        )
        ours = times["ours"]
        rows.append(
            [
                network.name,
                *(micros(seconds, n) for seconds in times.values()),
                ratio(ours, times["foreach"], eager_aim),
                ratio(ours, times["fused"]),
                ratio(ours, times["products"], products_aim),
            ]
        )
    head = ["network", "this core", "foreach", "fused", "products"]
    head += ["core/foreach", "core/fused", "core/products"]
    print_table("Training step with BN and SGD, PyTorch eager; microseconds", head, rows)


def norms(effort: Effort) -> None:
    """Compare forward and backward of each normalizer with PyTorch's."""
    rows = []
    for case in CASES:
        sides = contenders(case)
        n = effort.calls(sides)
        times = cpu_times(repeated(sides, n), effort.n_rounds)
        here = [side for side in ("ours", "kernel") if side in times]
        quicker = min(here, key=lambda side: float(np.median(times[side])))
        shown = [micros(times[side], n) if side in times else "-" for side in SIDES]
        compared = ratio(times[quicker], times["pytorch"], case.aim)
        rows.append([case.norm, " x ".join(map(str, case.shape)), *shown, compared])
    print_table(
        "Normalizers, forward and backward, PyTorch with autograd; microseconds",
        ["norm", "shape", "functional", "trainer's kernel", "PyTorch", "quicker/PyTorch"],
        rows,
    )


def snapshots(effort: Effort) -> None:
    """Compare a snapshot, of 256 held-out and 256 training examples, with a training step."""
    rows = []
    for network in (network for network, *_ in STEPS if 256 % network.batch_size == 0):
        n = effort.steps(30 * network.depth)
        given = task(network, n * (effort.n_rounds + 1))
        trainer, held_out, many = given.trainer(), slice(256), slice(256, 512)
        x, labels = given.x, given.labels
        mode = TrainingMode(
            trainer.spec, HeldOut(x[held_out], labels[held_out]), x[many], network.batch_size
        )
        times = cpu_times(
            {"step": partial(trainer.advance, n), "look": partial(mode.look, trainer)},
            effort.n_rounds,
        )
        shown = [micros(times["step"], n), micros(times["look"], 1)]
        rows.append([network.name, *shown, ratio(times["look"], times["step"] / n)])
    head = ["network", "step", "look", "look/step"]
    print_table("A look at a network with BN in training mode; microseconds", head, rows)


def replicas(effort: Effort) -> None:
    """Compare networks trained together with the same networks in a loop."""
    rows = []
    for network, r, aim in REPLICAS:
        n = effort.steps(30 * network.depth * r)
        given, weights = _side_by_side(network, r, n * (effort.n_rounds + 1))
        _, _, x, labels, order = given[0]
        together = Replicas(network.spec, weights, x, labels, order)
        alone = [Trainer(one.spec, one.weights, x, labels, order) for one in given]

        times = cpu_times(
            {"loop": partial(_advance, alone, n), "together": partial(together.advance, n)},
            effort.n_rounds,
        )
        shown = [micros(seconds, n * r) for seconds in times.values()]
        quicker = ratio(times["loop"], times["together"], aim, more_is_better=True)
        rows.append([network.name, r, *shown, quicker])
    head = ["network", "R", "loop", "together", "loop/together"]
    print_table("Replicas; microseconds per network and step", head, rows)


def rivals(effort: Effort) -> None:
    """Compare networks trained together with PyTorch's two ways to do so."""
    network, r = RIVALS
    n = effort.steps(100 * network.depth * r)
    (first, *_), weights = _side_by_side(network, r, n * (effort.n_rounds + 1))
    ours = Replicas(network.spec, weights, first.x, first.labels, first.order)
    times = cpu_times(
        {
            "together": partial(ours.advance, n),
            "bmm": batched(first, weights, n),
            "vmap": vectorized(first, weights, n),
        },
        effort.n_rounds,
    )
    shown = [micros(seconds, n * r) for seconds in times.values()]
    quicker = [
        ratio(times[name], times["together"], aim, more_is_better=True)
        for name, aim in RIVALS_AIMS.items()
    ]
    rows = [[network.name, r, *shown, *quicker]]
    head = ["network", "R", "replicas", "bmm", "vmap", "bmm/replicas", "vmap/replicas"]
    print_table("Replicas beside PyTorch; microseconds per network and step", head, rows)


def _side_by_side(
    network: Network, r: int, n_steps: int
) -> tuple[list[Task], list[NDArray[np.float64]]]:
    """Give tasks of r seeds, and their weights layer by layer, stacked as replicas want them."""
    given = [task(network, n_steps, seed) for seed in range(r)]
    layers = zip(*(one.weights for one in given), strict=True)
    return given, [np.stack(layer) for layer in layers]


def _advance(trainers: list[Trainer], n_steps: int) -> None:
    for trainer in trainers:
        trainer.advance(n_steps)


def sweep(effort: Effort) -> None:
    """Train 128 networks of many learning rates and init scales, half of them with BN."""
    n_steps = 20 if effort.quick else 200
    split = data.load("spirals")
    order = batch_order(len(split.x_train), 32, n_steps, seed=0)

    def train() -> None:
        for spec, weights, lr in _chunks():
            Replicas(spec, weights, split.x_train, split.y_train, order, lr=lr).advance(n_steps)

    seconds = float(np.median(cpu_times({"sweep": train}, effort.n_rounds)["sweep"]))
    head = ["networks", "steps", "CPU seconds"]
    rows = [["128 of 2-32x4-3 B32 relu", n_steps, Ratio(seconds, SWEEP_AIM)]]
    print_table("Learning rate x init scale, with and without BN", head, rows)


def _chunks() -> Iterator[tuple[Spec, list[np.ndarray], list[float]]]:
    """Give spec, weights and learning rates of networks to train together: one norm at a time."""
    cells = list(itertools.product(np.geomspace(0.01, 3, 8), np.geomspace(0.1, 10, 8)))
    spec = Spec(n_inputs=2, width=32, depth=4, n_classes=3)
    r = chunk_size(batch_size=32, width=32)
    for norm, start in itertools.product(("bn", "none"), range(0, len(cells), r)):
        chunk = cells[start : start + r]
        layers = (mlp_weights(spec.sizes, "relu", scale, seed=0) for _, scale in chunk)
        weights = [np.stack(layer) for layer in zip(*layers, strict=True)]
        yield replace(spec, norm=norm), weights, [float(lr) for lr, _ in chunk]


def memory(effort: Effort) -> None:
    """Measure the memory that a default run of the playground adds at its peak."""
    from bnviz.labs.playground import Settings, run

    settings = Settings(depth=1, width=8, n_steps=100) if effort.quick else Settings()
    data.load(settings.dataset)
    tracemalloc.start()
    run(settings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rows = [[f"both networks, {settings.n_steps} steps", Ratio(peak / 1e6, MEMORY_AIM)]]
    print_table("Memory of a run of the playground", ["run", "MB at the peak"], rows)


TABLES = {
    "step": step,
    "norms": norms,
    "snapshots": snapshots,
    "replicas": replicas,
    "rivals": rivals,
    "sweep": sweep,
    "memory": memory,
}


def main() -> None:
    """Print the tables that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=TABLES, help="print one table only")
    parser.add_argument("--rounds", type=int, default=11, help="rounds that count (11)")
    parser.add_argument("--quick", action="store_true", help="see that it works; figures are void")
    given = parser.parse_args()
    torch.set_num_threads(1)
    effort = Effort(1, 1, True) if given.quick else Effort(given.rounds, 60, False)
    print(f"CPU time, one thread, medians of {effort.n_rounds} interleaved rounds")
    for name in [given.only] if given.only else TABLES:
        TABLES[name](effort)


if __name__ == "__main__":
    main()
