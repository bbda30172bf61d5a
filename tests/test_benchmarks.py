"""The benchmarks run and print their tables. Nothing here looks at how long anything took."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.rounds import Effort, Ratio, cpu_times, print_table, ratio, repeated
from bnviz.core.train.replicas import Replicas

ROOT = Path(__file__).parents[1]
# Title, rows, and how many of the cells in a row are numbers.
TABLES = [
    ("Training step with BN and SGD, PyTorch eager", 5, 7),
    ("Normalizers, forward and backward, PyTorch with autograd", 15, 2),
    ("A look at a network with BN", 3, 3),
    ("Replicas; microseconds", 4, 4),
    ("Replicas beside PyTorch", 1, 6),
    ("Learning rate x init scale, with and without BN", 1, 2),
    ("Memory of a run of the playground", 1, 1),
]
AIM = re.compile(r"[\d.e+-]+( \(aim [<>]= [\d.]+\)( MISSED)?)?")


def tables(text):
    """Return title and rows of each table, the heading row first."""
    for part in text.split("\n\n")[1:]:
        title, *lines = part.strip().splitlines()
        yield title, [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.slow
@pytest.mark.usefixtures("pytorch")
def test_a_quick_run_prints_every_table():
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "benchmarks.core", "--quick"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = list(tables(done.stdout))
    assert len(found) == len(TABLES)
    for (title, (head, _, *rows)), (start, n_rows, n_numbers) in zip(found, TABLES, strict=True):
        assert title.startswith(start)
        assert len(rows) == n_rows
        for row in rows:
            assert len(row) == len(head)
            assert all(AIM.fullmatch(cell) for cell in row[-n_numbers:]), row
            assert all(float(cell.split()[0]) > 0 for cell in row[-n_numbers:])


@pytest.mark.usefixtures("pytorch")
def test_only_one_table(monkeypatch, capsys):
    from benchmarks import core

    monkeypatch.setattr(sys, "argv", ["core", "--quick", "--only", "memory"])
    core.main()
    found = [title for title, _ in tables(capsys.readouterr().out)]
    assert found == ["Memory of a run of the playground"]
    monkeypatch.setattr(sys, "argv", ["core", "--only", "nothing"])
    with pytest.raises(SystemExit, match="2"):
        core.main()


def same(ours, theirs):
    """Compare arrays with tensors, in the units of the largest value of each."""
    for a, b in zip(ours, theirs, strict=True):
        b = b.detach().numpy()
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * np.abs(b).max())


@pytest.mark.usefixtures("pytorch")
@pytest.mark.parametrize("norm", ["batch", "layer", "rms", "group", "instance"])
def test_contenders_for_a_norm_give_the_same_values_and_gradients(norm):
    from benchmarks.norms import CASES, Case, contenders

    assert norm in {case.norm for case in CASES}
    sides = contenders(Case(norm, (6, 16, 3, 3) if norm in ("group", "instance") else (6, 16)))
    same(sides["ours"](), sides["pytorch"]())


@pytest.mark.usefixtures("pytorch")
def test_the_kernel_of_the_trainer_gives_the_values_and_gradients_of_pytorch():
    from benchmarks.norms import Case, contenders

    sides = contenders(Case("batch", (6, 16)))
    for _ in range(2):  # it writes into the same arrays again
        same(sides["kernel"](), sides["pytorch"]())


@pytest.mark.usefixtures("pytorch")
def test_pytorch_s_ways_to_train_many_networks_give_the_weights_of_the_replicas():
    from benchmarks.networks import Network, task
    from benchmarks.rivals import batched, vectorized

    network, n_steps = Network("", 2, 4, 2, 3, batch_size=16), 10
    given = [task(network, n_steps, seed) for seed in range(3)]
    weights = [np.stack(layer) for layer in zip(*(one.weights for one in given), strict=True)]
    _, _, x, labels, order = given[0]
    ours = Replicas(network.spec, weights, x, labels, order)
    ours.advance(n_steps)
    trained = ours.parameters.weights
    assert all(np.abs(a - b).max() > 1e-3 for a, b in zip(trained, weights, strict=True))
    for rival in (batched, vectorized):
        same(trained, rival(given[0], weights, n_steps)())


def test_calls_are_as_many_as_fill_a_round():
    calls = []
    repeated({"a": lambda: calls.append("a")}, n_calls=3)["a"]()
    assert calls == ["a"] * 3
    assert Effort(1, 0, False).calls({"a": lambda: None}) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Ratio(0.2, 0.28), "0.2 (aim <= 0.28)"),
        (Ratio(0.3, 0.28), "0.3 (aim <= 0.28) MISSED"),
        (Ratio(6.0, 5.5, True), "6 (aim >= 5.5)"),
        (Ratio(5.0, 5.5, True), "5 (aim >= 5.5) MISSED"),
        (Ratio(1.2345), "1.23"),
    ],
)
def test_a_missed_aim_is_marked(value, text):
    assert str(value) == text


def test_a_ratio_is_the_median_within_rounds():
    """Not the ratio of the medians: the machine was slow in the second round."""
    above, below = np.array([1.0, 9.0, 2.0]), np.array([2.0, 3.0, 8.0])
    assert ratio(above, below).value == 0.5


def test_contenders_take_turns_after_one_round_to_warm_up():
    calls = []
    times = cpu_times({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, n_rounds=3)
    assert calls == ["a", "b"] * 4
    assert {name: len(seconds) for name, seconds in times.items()} == {"a": 3, "b": 3}


def test_columns_are_aligned(capsys):
    print_table("Title", ["a", "long head"], [["longer cell", 1], ["b", Ratio(2.0)]])
    _, title, *lines = capsys.readouterr().out.splitlines()
    assert title == "Title"
    assert len({len(line) for line in lines}) == 1
    assert len(lines) == 4
