"""Single rules on records made by hand: their limits, and what they say."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.doctor import thresholds
from bnviz.doctor.record import Layer, Neighbours, Outcome, Record
from bnviz.doctor.rules import RULES, judge
from bnviz.doctor.rules.layer import distance, ema_noise, lag, named, rounding

C = 4
ZEROS, ONES = np.zeros(C), np.ones(C)
LAYER = Layer(
    **{"name": "bn", "kind": "batch", "class_name": "BatchNorm2d", "channels": C, "eps": 1e-5},
    **{"momentum": 0.1, "affine": True, "tracks": True, "training": False, "learns": True},
    **{"dtype": "float32", "counter": 100, "gamma": ONES, "beta": ZEROS, "gamma_spread": ()},
    **{"beta_spread": (), "gamma_decay": None, "beta_decay": None, "running_mean": 2 * ONES},
    **{"running_var": 3 * ONES, "mean": 2 * ONES, "var": 3 * ONES, "noise": ZEROS},
    **{"n_values": 128, "values_per_batch": (32,) * 4, "scatter": ONES, "scatter_dof": (3, 124)},
    **{"batch_shift": (0.0,) * 4, "calls": 1, "updates": 1, "call_means": None},
    **{"call_vars": None, "trained_mean": None, "trained_var": None, "eval_mean": None},
    **{"eval_var": None, "input_dtype": "float32", "positive_share": 0.5 * ONES},
    **{"output_gap": 0.0, "neighbours": Neighbours()},
)
GOOD = Outcome(
    mode="eval", data="train", loss=1.0, accuracy=None, n_samples=128, finite_share=1.0, gap=0.1
)
RECORD = Record(
    **{"model": "Net", "training": False, "layers": (LAYER,), "independent": (), "uncalled": ()},
    **{"functional_calls": 0, "outcomes": (), "loss_name": "", "batch_sizes": (32,) * 4},
    **{"eval_batch_sizes": (), "last_batch": None, "whole_epoch": True},
    **{"batch_dependence": 0.0, "refused": (), "world_size": 1, "averaged": None},
    **{"n_passes": 1, "seconds": 1.0, "forward_seconds": 1.0, "torch_version": "2"},
)


def found(code, record=RECORD, **changes):
    """Return what one rule finds if the layer is changed."""
    return RULES[code](replace(record, layers=(replace(LAYER, **changes),)))


def with_losses(now, precise, gap=0.5):
    """Return the record with a loss as it is, and one with precise statistics."""
    outcomes = (
        replace(GOOD, loss=now, gap=0.1 + gap),
        replace(GOOD, mode="precise", loss=precise),
        replace(GOOD, mode="batch", loss=precise, gap=0.0),
    )
    return replace(RECORD, outcomes=outcomes)


def test_a_good_layer_gets_no_finding():
    assert judge(RECORD) == ()


@pytest.mark.parametrize(
    ("between", "within", "critical"),
    [(3, 124, 2.68), (7, 248, 2.05), (31, 992, 1.46), (3, 12, 3.49), (1, 30, 4.17)],
)
def test_the_scatter_of_independent_batches_is_nearly_normal(between, within, critical):
    """The F ratios that one in twenty exceeds, from the tables."""
    assert thresholds.paulson(critical, between, within) == pytest.approx(1.645, abs=0.04)


def test_the_distance_is_that_of_two_normal_distributions():
    mean, var, to_var = 0.03 * ONES, 1.04 * ONES, ONES
    divergence = (var / to_var - 1 - np.log(var / to_var) + mean**2 / to_var) / 2
    assert distance(mean, var, ZEROS, to_var, None) == pytest.approx(
        np.sqrt(2 * divergence[0]), rel=0.02
    )
    assert distance(np.nan * ONES, var, ZEROS, to_var, None) == np.inf


def test_one_channel_among_many_does_not_move_the_distance():
    mean = np.array([2.0, 2.0, 2.0, 900.0])
    assert lag(replace(LAYER, running_mean=mean)) == 0


def test_noise_that_the_momentum_explains_is_allowed():
    away = {"running_mean": 2 + 1.2 * ONES, "momentum": 0.4}
    assert lag(replace(LAYER, **away)) > thresholds.DISTANCE
    assert found("stale-statistics", **away)
    assert ema_noise(replace(LAYER, **away, noise=0.5 * ONES)) == pytest.approx(0.25)
    assert not found("stale-statistics", **away, noise=0.5 * ONES)


def test_the_loss_decides_how_bad_stale_statistics_are():
    far = {"running_mean": 9 * ONES}
    assert found("stale-statistics", **far).severity == "error"
    assert found("stale-statistics", with_losses(2.0, 1.0), **far).severity == "error"
    assert found("stale-statistics", with_losses(1.05, 1.0), **far).severity == "note"
    assert found("stale-statistics", with_losses(1.5, 1.0, gap=0.0), **far).severity == "note"
    assert (
        found("stale-statistics", with_losses(np.nan, 1.0), **far).evidence["loss_harm"] == np.inf
    )


def test_frozen_statistics_far_away_are_well_if_the_loss_says_so():
    frozen = {"running_mean": 9 * ONES, "learns": False}
    assert not found("stale-statistics", **frozen)
    assert found("frozen-mismatch", **frozen).severity == "note"
    assert not found("frozen-mismatch", with_losses(1.0, 1.5), **frozen)
    assert found("frozen-mismatch", with_losses(2.0, 1.0), **frozen).severity == "error"


def test_a_small_last_batch_is_found_where_it_was_not_seen():
    record = replace(RECORD, last_batch=1)
    assert found("batch-too-small", record).severity == "error"
    assert found("batch-too-small", replace(RECORD, last_batch=3)).severity == "warning"
    assert found("batch-too-small", replace(RECORD, last_batch=6)).severity == "note"
    assert not found("batch-too-small", replace(RECORD, last_batch=8))
    spatial = {"values_per_batch": (32 * 64,) * 4}
    assert not found("batch-too-small", record, **spatial)


def test_a_residual_branch_that_starts_at_nought_is_not_dead():
    nought = {"gamma": ZEROS}
    assert found("dead-channels", **nought).severity == "warning"
    assert not found("dead-channels", **nought, neighbours=Neighbours(behind=("add",)))


def test_a_relu_that_wrong_statistics_shut_is_not_dead():
    shut = {"positive_share": ZEROS, "neighbours": Neighbours(relu_behind=True)}
    assert found("dead-channels", **shut)
    assert not found("dead-channels", **shut, running_mean=9 * ONES)


def test_rounding_follows_the_digits_of_each_type():
    at_256 = replace(LAYER, mean=256 * ONES, var=ONES, momentum=None)
    for dtype, step in (("float32", 2**-15), ("float16", 0.25), ("bfloat16", 2.0)):
        assert rounding(replace(at_256, input_dtype=dtype)) == step
    kept = replace(at_256, dtype="float16", momentum=0.1)
    assert rounding(kept) == pytest.approx(256 * 2**-10 / 0.2)


def test_layers_are_counted_where_there_are_many():
    many = [replace(LAYER, name=str(i)) for i in range(9)]
    assert named(many) == "layers 0, 1 and 7 more"
    assert named(many[:3]) == "layers 0, 1 and 2"
    assert named([LAYER]) == "layer bn"


@pytest.mark.parametrize("code", RULES)
def test_numbers_of_the_sentence_are_in_the_evidence(code):
    """Whatever a rule finds in a layer with everything wrong, it says with finite words."""
    wrong = replace(
        LAYER,
        **{"running_mean": 9 * ONES, "momentum": 0.9, "var": 1e-7 * ONES, "gamma": ZEROS},
        **{"gamma_decay": 0.1, "updates": 6, "scatter": 99 * ONES, "trained_var": ONES},
        **{"trained_mean": ZEROS, "values_per_batch": (2,), "eval_mean": 9 * ONES, "calls": 2},
        **{"eval_var": ONES, "call_means": np.array([ZEROS, 9 * ONES]), "dtype": "bfloat16"},
        call_vars=np.ones((2, C)),
        neighbours=Neighbours(bias_before=True, transposed_before=True, dropout_before=0.5),
    )
    layers = (
        wrong,
        replace(wrong, name="a", running_var=-ONES),
        replace(wrong, name="b", learns=False, training=True),
        replace(wrong, name="c", learns=False, momentum=0.1),
        replace(wrong, name="d", running_mean=ZEROS, running_var=ONES),
        replace(wrong, name="e", tracks=False, running_mean=None, running_var=None),
        replace(LAYER, name="f", running_mean=9 * ONES),
    )
    record = replace(with_losses(2.0, 1.0), layers=layers, world_size=8)
    finding = RULES[code](replace(record, averaged=record))
    assert finding.code == code
    assert finding.layers
    assert finding.evidence["layers"] == len(finding.layers)
    assert not finding.sentence[0].islower()
    assert finding.sentence.endswith(".")
    assert "nan" not in finding.sentence
    assert finding.repair
