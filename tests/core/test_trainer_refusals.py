"""What a description of a network and a trainer refuse, and in which words."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer

SPEC = Spec(n_inputs=5, width=8, depth=3, n_classes=3)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"width": 8.5}, "width must be a .*number"),
        ({"depth": True}, "depth must be a .*number"),
        ({"lr": None}, "lr must be a .*number"),
        ({"eps": "x"}, "eps must be a .*number"),
        ({"n_inputs": 0}, "n_inputs must be a whole number of at least 1, got 0"),
        ({"width": 0}, "width must be a whole number of at least 1, got 0"),
        ({"depth": 0}, "depth must be a whole number of at least 1, got 0"),
        ({"n_classes": 1}, "n_classes must be a whole number of at least 2, got 1"),
        ({"activation": "gelu"}, "activation must be one of .*'relu'.*, got 'gelu'"),
        ({"norm": "layer"}, "norm must be one of .*'bn'.*, got 'layer'"),
        ({"placement": "middle"}, "placement must be one of .*'before'.*, got 'middle'"),
        ({"optimizer": "lion"}, "optimizer must be one of .*'adam'.*, got 'lion'"),
        ({"momentum": 1.5}, "momentum must be None or between 0 and 1, got 1.5"),
        ({"momentum": float("nan")}, "momentum must be None or between 0 and 1, got nan"),
        ({"eps": 0.0}, "eps must be a positive number, got 0.0"),
        ({"eps": float("inf")}, "eps must be a positive number, got inf"),
        ({"lr": -1.0}, "lr must be a positive number, got -1.0"),
        ({"lr": float("nan")}, "lr must be a positive number, got nan"),
        ({"weight_decay": -0.1}, "weight_decay must be a finite number of at least 0, got -0.1"),
        ({"weight_decay": float("inf")}, "weight_decay must be a finite number of at least 0, got"),
        ({"dropout": 1.0}, "dropout must be between 0 and below 1, got 1.0"),
        ({"dropout": -0.1}, "dropout must be between 0 and below 1, got -0.1"),
        ({"dropout_position": "all"}, "dropout_position must be one of .*'head'.*, got 'all'"),
        ({"dropout_seed": -1}, "dropout_seed must be a whole number of at least 0, got -1"),
        ({"weight_norm": "batch"}, "weight_norm must be one of .*'spectral'.*, got 'batch'"),
        ({"skip": 2}, "skip must be one of .*True.*, got 2"),
        ({"ghost_size": 1}, "ghost_size must be a whole number of at least 2, got 1"),
        ({"r_max": 0.9}, "r_max must be at least 1, got 0.9"),
        ({"d_max": float("nan")}, "d_max must be at least 0, got nan"),
        ({"n_groups": 0}, "n_groups must be a whole number of at least 1, got 0"),
        ({"norm": "gn", "n_groups": 3}, "n_groups must divide the width 8 and leave .*, got 3"),
        ({"norm": "gn", "n_groups": 8}, "leave more than one unit in each group, got 8"),
    ],
    ids=str,
)
def test_spec_refuses(fields, message):
    with pytest.raises(ValueError, match=message):
        replace(SPEC, **fields)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.ones((96, 4))}, r"x must have the shape \(M, 5\), got \(96, 4\)"),
        ({"x": np.ones(96)}, r"x must have the shape \(M, 5\), got \(96,\)"),
        ({"labels": np.zeros(95, int)}, r"labels must have the shape \(96,\), got \(95,\)"),
        ({"labels": np.full(96, 3)}, "labels must lie between 0 and 2, got 3 to 3"),
        ({"labels": np.full(96, -1)}, "labels must lie between 0 and 2, got -1 to -1"),
        ({"order": np.zeros(16, int)}, r"order must have the shape \(S, N\).* got \(16,\)"),
        ({"order": np.full((4, 16), 96)}, "entries from 0 to 95, got .* from 0 to 96"),
        ({"order": np.full((4, 16), -1)}, "entries from 0 to 95, got .* from -1 to 0"),
        ({"order": np.zeros((2, 4, 16), int)}, r"order must have the shape \(S, N\), got \(2, 4"),
        ({"weights": [np.ones((5, 8))]}, r"weights must have the shapes .*\(8, 3\).*, got"),
        ({"x": [[0.0] * 5] * 96}, "x must be an array of real numbers, got list"),
        ({"x": np.full((96, 5), np.nan)}, "x must be finite"),
        ({"labels": np.zeros(96)}, "labels must be an array of whole numbers, got float64"),
        ({"order": np.ones((4, 8), bool)}, "order must be an array of whole numbers, got bool"),
        ({"order": np.zeros((4, 0), int)}, r"order must have the shape \(S, N\)"),
        ({"order": np.zeros((4, 1), int)}, "Expected more than 1 value per channel when training"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_trainer_refuses(examples, change, message):
    given_ = {
        "weights": mlp_weights(SPEC.sizes, "relu", 1.0, seed=0),
        "x": examples[0],
        "labels": examples[1],
        "order": batch_order(96, 16, 4, seed=0),
    } | change
    with pytest.raises(ValueError, match=message):
        Trainer(SPEC, *given_.values())


def test_chunks_must_fit_into_the_batch(make_trainer):
    with pytest.raises(ValueError, match=r"ghost_size must divide the 16 examples .*, got 5"):
        make_trainer(norm="ghost", ghost_size=5)


def test_a_batch_of_one_gets_pytorchs_own_error(examples, pytorch):
    """Without batch normalization it is an ordinary batch."""
    weights, order = mlp_weights(SPEC.sizes, "relu", 1.0, seed=0), np.zeros((4, 1), int)
    with pytest.raises(ValueError, match="Expected") as ours:
        Trainer(SPEC, weights, *examples, order)
    with pytest.raises(ValueError, match="Expected") as theirs:
        pytorch.nn.BatchNorm1d(8)(pytorch.ones(1, 8))
    assert str(ours.value) == str(theirs.value)
    trainer = Trainer(replace(SPEC, norm="none"), weights, *examples, order)
    trainer.advance(4)
    assert trainer.n_done == 4
