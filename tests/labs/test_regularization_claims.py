"""What the lab on regularization says, over several seeds: live, and over the record's five."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.labs.regularization import LAB, Settings
from bnviz.labs.regularization.bands import bands
from bnviz.labs.regularization.memory import trained
from bnviz.labs.regularization.settings import BATCHES, DROPOUTS, NORMS
from bnviz.labs.sweeps import recorded
from tests.lessons import over

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)
FIRST = over(SEEDS, always=1)
"""What trains for long: one start in each run of the tests, the others if asked for."""
NONE, BN, LN = (NORMS.index(norm) for norm in ("none", "bn", "ln"))


@EACH
def test_bn_at_size_4_learns_few_wrong_labels_by_heart(seed):
    bn, plain = (trained(Settings(seed=seed), norm) for norm in ("bn", "none"))
    assert bn.memorized[-1] < 0.25
    assert plain.memorized[-1] > 0.99
    assert bn.corrected[-1] > 0.6
    assert bn.accuracy[-1] > plain.accuracy[-1] + 0.1
    kept = recorded("regularization")["memory"].values
    assert (kept["memorized"][0, :, BN, -1] < 0.25).all()
    assert (kept["memorized"][:, :, [NONE, LN], -1] > 0.99).all()
    final = kept["accuracy"][0, :, :, -1]
    assert (final[:, BN] > final[:, [NONE, LN]].max(1) + 0.1).all()
    best = recorded("regularization")["rates"].values["accuracy"][..., -1].max(0)
    assert (best[:, BN] > best[:, NONE] + 0.05).all()  # each at its own best rate


@EACH
def test_from_size_16_on_bn_learns_the_wrong_labels(seed):
    assert trained(Settings(seed=seed, batch_size=64), "bn").memorized[-1] > 0.95
    kept = recorded("regularization")["memory"].values["memorized"][..., BN, -1]
    assert (kept[2:] > 0.95).all()
    assert ((kept[1] > kept[0] + 0.3) & (kept[1] < kept[2])).all()  # 8 lies between


@pytest.mark.slow
@FIRST
def test_more_steps_and_more_units_learn_more_of_them(seed):
    kept = recorded("regularization")["memory"].values["memorized"][0, seed, BN, -1]
    assert trained(Settings(seed=seed, width=128), "bn").memorized[-1] > kept + 0.2
    assert trained(Settings(seed=seed, n_steps=16000), "bn").memorized[-1] > max(0.33, 2 * kept)


def shift(**settings):
    return LAB.run("dropout", Settings(**settings)).found.shift


@over(range(10), always=3)
def test_the_transfer_question_names_the_shares_of_the_variance_that_the_view_shows(seed):
    (right,) = (answer for answer in LAB.transfer.answers if answer.right)
    for place, layers, low, high in (("head", slice(None), 0.9, 1.0), ("every", -1, 0.2, 0.4)):
        assert f"{low:g} to {high:g} of" in right.feedback
        met = np.round(shift(seed=seed, dropout=0.5, position=place).met[layers], 2)
        assert (low <= met).all()
        assert (met <= high).all()


@EACH
def test_dropout_before_bn_shifts_the_variance_and_behind_it_does_not(seed):
    found = shift(seed=seed)
    assert found.met[0] == pytest.approx(1, abs=0.06)
    assert (np.diff(found.met) < 0).all()  # from layer to layer
    assert found.met[-1] < found.expected[-1] < found.alone[1] < 0.65
    behind = shift(seed=seed, dropout=0.7, position="head")
    np.testing.assert_allclose(behind.met, 1, atol=0.1)
    assert behind.accuracy[0] > 0.95


def test_re_estimated_statistics_lower_the_loss():
    kept = recorded("regularization")["dropout"].values
    loss, accuracy = (kept[name].reshape(2, len(DROPOUTS), -1, 2) for name in ("loss", "accuracy"))
    assert (loss[0, 1:, :, 0] > loss[0, 1:, :, 1]).all()
    high = DROPOUTS.index(0.6)
    assert (accuracy[0, high, :, 1] > accuracy[0, high, :, 0] + 0.1).all()
    assert (accuracy[0, high, :, 1] < accuracy[0, 0, :, 0] - 0.1).all()  # not all comes back
    # A low rate hardly shows, and behind the last layer of BN none does.
    assert np.abs(np.diff(accuracy[0, [0, 1], :, 0].mean(1))).max() < 0.01
    assert accuracy[1, ..., 0].min() > 0.95


def test_on_right_labels_the_bands_overlap():
    low, _, high = bands().clean
    assert (low[:, BN] <= high[:, NONE]).all()
    assert (low[:, NONE] <= high[:, BN]).all()
    medians = np.median(bands().gain, 1)
    assert ((medians[1:4] > 0.005) & (medians[1:4] < 0.015)).all()
    shares = bands().clean[1][:, [NONE, BN]]  # the claim holds with the error of either
    errors = np.sqrt(shares * (1 - shares) / len(data.load("digits").y_test)).min(1)
    assert (np.abs(medians) < 1.5 * errors).all()
    assert bands().gain.shape == (len(BATCHES), bands().n_seeds)
