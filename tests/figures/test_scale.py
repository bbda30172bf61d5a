"""The figures of the lab on scale invariance show the numbers of the trace."""

import numpy as np
import pytest

from bnviz.figures.scale import balance, flat, pace, spectral
from bnviz.figures.smooth import WINDOW
from bnviz.labs.scale import Settings, run
from bnviz.labs.scale.balance import N_STEPS
from bnviz.labs.scale.trace import Experiment


@pytest.fixture(scope="module")
def trace():
    return run(Settings())


def named(figure, name):
    return next(part for part in figure["data"] if part.get("name") == name)


def test_the_lines_are_the_numbers_of_the_trace(trace):
    np.testing.assert_array_equal(named(flat.loss(trace), "with BN")["y"], trace.flat.loss[0])
    slope = named(flat.gradient(trace), "no norm")
    np.testing.assert_array_equal(slope["y"], trace.flat.gradient_norm[1])
    length = named(pace.length(trace), "a = 1")
    np.testing.assert_array_equal(length["y"], trace.pace.plain.norm)
    logits = named(spectral.with_bn(trace), "logit")
    np.testing.assert_array_equal(logits["x"], trace.spectral.plain[0].ravel())


def test_the_smoothed_angle_ends_with_the_mean_of_its_window(trace):
    angle = balance.smoothed(trace.balance.digits)
    last = trace.balance.digits.angle[-WINDOW:]
    assert angle[-1] == pytest.approx(np.sqrt(np.square(last).mean()))
    assert balance.angle(trace)["layout"]["shapes"][0]["y0"] == trace.balance.expected


def test_before_the_end_no_figure_claims_a_result():
    of = {
        "pace": (pace.loss, pace.length, pace.rate),
        "balance": (balance.angle, balance.length),
        "spectral": (spectral.loss,),
    }
    for view, figures in of.items():
        begun = Experiment(Settings(), view).trace()
        for figure in figures:
            assert "learning" in figure(begun)["layout"]["title"]["text"]


def test_all_lines_of_the_balance_go_to_the_end(trace):
    for figure in (balance.angle(trace), balance.length(trace)):
        for name in ("with decay", "noisy labels", "no decay"):
            assert len(named(figure, name)["y"]) == N_STEPS
