"""The reader's digit in the labs: what is said of it is what the networks say."""

import re
from functools import cache

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Arm, finish
from bnviz.labs.epsilon.settings import Settings as Epsilon
from bnviz.labs.mine import levels, softmax
from bnviz.labs.noise.draws import order
from bnviz.labs.noise.mine import OTHERS
from bnviz.labs.noise.networks import BN, trained
from bnviz.labs.noise.settings import Settings as Noise
from bnviz.labs.playground import example
from bnviz.labs.train_eval.settings import Settings as TrainEval
from tests.lessons import LESSONS, ends, lab

USED = [(slug, view.name) for slug in LESSONS for view in lab(slug).views if view.mine]
ONE = "00000f0000000f0000000f0000000f0000000f0000000f0000000f0000000f00"
"""A drawn stroke, from top to bottom."""


@cache
def said(slug, name, settings, digit):
    return finish(lab(slug).view(name).mine_arm(settings, digit))


def percents(text):
    return [int(number) for number in re.findall(r"(\d+)%", text)]


@pytest.mark.parametrize(("slug", "name"), USED)
def test_each_view_says_something_of_a_chosen_and_of_a_drawn_digit(slug, name):
    settings = lab(slug).settings()
    sentences = [said(slug, name, settings, digit).sentence for digit in ("7", ONE)]
    assert "Your 7" in sentences[0]
    assert "Your drawing" in sentences[1]
    for picture in said(slug, name, settings, ONE).pictures:
        assert re.fullmatch("[0-9a-f]{64}", picture.levels)
    assert sum(picture.marked for picture in said(slug, name, settings, ONE).pictures) >= 1


@pytest.mark.parametrize(("slug", "name"), USED)
def test_what_the_view_does_not_need_is_no_new_work(slug, name):
    of = lab(slug)
    view, kind = of.view(name), of.settings
    for field, value in ends(slug):
        same = view.mine_arm(kind(**{field: value}), "7") == view.mine_arm(kind(), "7")
        assert same == (field not in view.needs or value == getattr(kind(), field)), field


def test_five_labs_use_the_digit():
    assert {slug for slug, _ in USED} >= {"noise", "train_eval", "epsilon", "signal", "family"}


def test_noise_names_the_answer_and_the_swap_that_moves_it_most():
    mine = said("noise", "sample", Noise(batch_size=4), "7")
    network, split = finish(Arm(trained, (BN, 0))), data.load("digits")
    images = order(0)
    first = np.concatenate([example.inputs("7"), split.x_train[images[:3]]])
    answers = []
    for j in (None, 0, 1, 2):
        batch = first.copy()
        if j is not None:
            batch[1 + j] = split.x_train[images[OTHERS + j]]
        logits = forward(network.spec, network.parameters, batch).logits[0]
        answers.append(softmax(logits.astype(float)))
    best = answers[0].argmax()
    after = min(answers[1:], key=lambda share_K: share_K[best])
    assert percents(mine.sentence) == [round(100 * answers[0][best]), round(100 * after.max())]
    assert sum(picture.marked for picture in mine.pictures) == 2


def test_larger_batches_change_fewer_answers():
    shares = []
    for size in (2, 8, 64):
        of = percents(said("train_eval", "loss", TrainEval(batch_size=size), "8").sentence)
        shares.append(of[1] if len(of) > 1 else 0)
    assert shares[0] > shares[1] >= shares[2]
    assert shares[2] <= 5


def test_adapted_statistics_take_contrast_and_brightness_out_and_running_ones_do_not():
    plain, changed = (
        percents(said("epsilon", "shift", settings, "7").sentence)
        for settings in (
            Epsilon(contrast=1.0, brightness=0.0),
            Epsilon(contrast=0.1, brightness=2.0),
        )
    )
    assert abs(plain[1] - changed[1]) <= 1
    assert abs(plain[0] - changed[0]) > 5


def test_ink_beyond_the_picture_is_cut():
    assert levels(np.linspace(-1, 2, 64).reshape(8, 8))[::63] == "0f"
