"""What is taken home of the playground runs, and its numbers are the app's."""

import json
import runpy
import sys

import numpy as np
import pytest
import torch

from bnviz.export import playground
from bnviz.export.notebook import notebook
from bnviz.export.run import as_json
from bnviz.labs.playground import Settings, run
from bnviz.labs.playground.findings import table
from tests.lessons import ends_of

SMALL = {"n_steps": 100, "width": 16, "depth": 2}
KINDS = {
    "default": ({}, "float32"),
    "relu, Adam": ({"activation": "relu", "optimizer": "adam", "lr": 0.01}, "float64"),
    "after, momentum": (
        {"placement": "after", "optimizer": "momentum", "lr": 0.05, "seed": 7, "dataset": "xor"},
        "float64",
    ),
    "cumulative, tanh": (
        {"momentum": None, "activation": "tanh", "init_scale": 2.0, "dataset": "moons"},
        "float64",
    ),
    "diverges": ({"lr": 10.0, "activation": "relu", "batch_size": 2, "depth": 6}, "float32"),
    "spirals": ({"dataset": "spirals", "batch_size": 256}, "float32"),
    "circles": ({"dataset": "circles", "eps": 0.01}, "float64"),
}


def done(code, tmp_path, monkeypatch, *arguments):
    """Run a script as the reader does, and give its names."""
    file = tmp_path / "run.py"
    file.write_text(code, "utf-8")
    monkeypatch.setattr(sys, "argv", [str(file), *arguments])
    torch.set_num_threads(1)
    return runpy.run_path(str(file), run_name="__main__")


@pytest.mark.parametrize(("settings", "dtype"), KINDS.values(), ids=KINDS)
def test_the_script_finds_the_losses_of_the_app(tmp_path, monkeypatch, settings, dtype):
    names = done(playground.script(Settings(**SMALL | settings)), tmp_path, monkeypatch, dtype)
    assert len(names["expected"]) > 1
    assert names["DTYPE"] == getattr(torch, dtype)
    assert {"bnviz", "streamlit"}.isdisjoint(names)


def test_its_held_out_numbers_are_those_of_the_charts(tmp_path, monkeypatch):
    settings = Settings(**SMALL, lr=0.1, activation="relu", dataset="moons")
    names = done(playground.script(settings), tmp_path, monkeypatch)
    network = run(settings).networks["none"]
    assert names["loss"] == pytest.approx(network.loss[-1, -1], rel=1e-3)
    assert names["accuracy"] == pytest.approx(network.accuracy[-1, -1], abs=1e-6)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("default_rng([SEED, 1])", "default_rng([SEED, 2])"),
        ("eps=EPS", "eps=0.1"),
        ("layer.bias.zero_()", "layer.bias.fill_(0.01)"),
        ("lr=LR", "lr=1.01 * LR"),
    ],
)
def test_another_run_is_refused(tmp_path, monkeypatch, line, wrong):
    code = playground.script(Settings(**SMALL, dataset="moons"))
    assert line in code
    with pytest.raises(AssertionError):
        done(code.replace(line, wrong), tmp_path, monkeypatch)


def test_the_notebook_has_the_same_code_in_cells(tmp_path, monkeypatch):
    cells = json.loads(notebook(playground.script(Settings(**SMALL, dataset="moons"))))["cells"]
    code = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    assert len(done(code, tmp_path, monkeypatch)["expected"]) > 3
    assert len({cell["id"] for cell in cells}) == len(cells) > 10
    assert all(c["source"][0].startswith("## ") for c in cells[1:] if c["cell_type"] == "markdown")


def test_the_numbers_come_with_what_gives_them_again():
    settings = Settings(**SMALL, dataset="moons")
    columns = table(run(settings))
    said = json.loads(as_json(settings, "https://example.org/?a=1", columns))
    assert Settings(**said["settings"]) == settings
    assert said["link"] == "https://example.org/?a=1"
    for name, values in columns.items():
        found = np.array([np.nan if v is None else v for v in said["numbers"][name]])
        np.testing.assert_array_equal(found, np.asarray(values, float))


def test_each_control_is_in_the_script(monkeypatch):
    monkeypatch.setattr(playground, "first_losses", lambda *_: [])  # what it compares with
    small = SMALL | {"dataset": "moons"}
    usual = playground.script(Settings(**small))
    for name, value in ends_of(Settings):
        settings = Settings(**small | {name: value})
        if settings != Settings(**small):
            assert playground.script(settings) != usual, f"{name} = {value!r}"
