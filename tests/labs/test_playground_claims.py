"""What the presets and the page say, over several seeds."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from bnviz.figures.frames import Frames
from bnviz.labs.playground import (
    CHARTS,
    EVALUATION,
    TRAINING,
    WITH,
    WITHOUT,
    Settings,
    chart,
    presets,
    run,
)
from bnviz.labs.playground.findings import takeaway
from bnviz.numerals import short
from tests.lessons import over

SEEDS = (0, 1, 2)
FIRST = over(SEEDS, always=1)
"""For what ``tests/held/playground.py`` asserts of a new seed too."""
CHANCE = 0.25


@cache
def traced(settings, seed):
    return run(replace(settings, seed=seed))


def networks(settings, seed):
    trace = traced(settings, seed)
    return trace.networks[WITH], trace.networks[WITHOUT]


@FIRST
def test_default_bn_learns_and_the_plain_sigmoid_network_stays_at_chance(seed):
    bn, none = networks(Settings(), seed)
    assert bn.accuracy[-1, EVALUATION] > 0.9
    assert none.accuracy[-1, EVALUATION] < CHANCE


@FIRST
def test_default_gradient_vanishes_without_bn_and_does_not_with_it(seed):
    bn, none = networks(Settings(n_steps=100), seed)
    first_over_last = [
        net.gradient_norm[0, TRAINING, 0] / net.gradient_norm[0, TRAINING, -1] for net in (bn, none)
    ]
    assert first_over_last[0] > 0.1
    assert first_over_last[1] < 0.01


@FIRST
def test_the_grey_band_holds_95_percent_of_batches_in_layer_1_and_nearly_all_means_above(seed):
    bn, _ = networks(Settings(n_steps=200), seed)
    seen = bn.statistics
    away = np.abs(seen.batch - seen.true) / seen.scatter  # shape (T, 2, L, U)
    assert 0.9 < (away[:, :, 0] < 2).mean() < 0.99
    assert (away[:, 0, 1:] < 1).mean() > 0.99


def shown(preset, seed):
    """Give trace, snapshot and charts as the link of a preset shows them."""
    trace = traced(preset.settings, seed)
    step = int(preset.extras.get("step", trace.n_steps))
    t = int(np.abs(trace.steps - step).argmin())
    figures = {}
    for one in CHARTS:
        offered = {pick.name: pick.options for pick in one.picks(preset.settings)}
        picked = {name: preset.extras[name] for name in offered if name in preset.extras}
        assert all(picked[name] in offered[name] for name in picked)
        figures[one.id] = one.figure(trace, **picked)
    return trace, t, figures


def drawn(figure, name, *, low=False):
    """Give x and y of the line of a chart; ``low`` for the lower one of two plots."""
    (line,) = (
        one
        for one in figure["data"]
        if one.get("name") == name and (one.get("yaxis") == "y2") is low
    )
    return line["x"], line["y"]


def axis_at(figure, t):
    ends = figure["layout"]["xaxis"]["range"]
    return ends.values[t] if isinstance(ends, Frames) else ends


def peaks(figure, t, name, sign):
    """Give the x of each layer's highest value, as drawn at a snapshot."""
    x, y = (np.asarray(part.values[t], dtype=float) for part in drawn(figure, name))
    breaks = np.flatnonzero(np.isnan(x))
    rows = np.split(np.arange(len(x)), breaks + 1)[: len(breaks)]
    return [x[row[np.nanargmax(sign * y[row])]] for row in rows]


@FIRST
def test_rescue(seed):
    bn, none = networks(presets.RESCUE.settings, seed)
    assert bn.accuracy[-1, EVALUATION] > 0.88
    assert none.accuracy[-1, EVALUATION] < CHANCE
    _, t, figures = shown(presets.RESCUE, seed)
    _, plain = drawn(figures["gradients"], "without BN")
    _, with_bn = drawn(figures["gradients"], "with BN, train mode")
    first, last = plain.values[t][0], plain.values[t][-2]
    assert first < 0.01 * last
    assert with_bn.values[t][0] > 0.1 * with_bn.values[t][-2]


@FIRST
def test_no_help(seed):
    trace = traced(presets.NO_HELP.settings, seed)
    bn, none = trace.networks[WITH], trace.networks[WITHOUT]
    later = (trace.steps >= 50) & (trace.steps <= 300)
    assert (none.loss[later, EVALUATION] < bn.loss[later, EVALUATION]).all()
    trace, t, figures = shown(presets.NO_HELP, seed)
    _, plain = drawn(figures["learning"], "without BN")
    _, with_bn = drawn(figures["learning"], "with BN, eval mode")
    assert (plain[later] < with_bn[later]).all()
    assert presets.NO_HELP.title in takeaway(trace, t)


@FIRST
def test_tiny_batch(seed):
    bn, none = networks(presets.TINY_BATCH.settings, seed)
    assert abs(bn.loss[-1, EVALUATION] - bn.loss[-1, TRAINING]) > 0.3
    assert bn.accuracy[-1].max() < none.accuracy[-1, EVALUATION] - 0.2
    trace, t, figures = shown(presets.TINY_BATCH, seed)
    assert trace.steps[t] == 0
    counts = trace.summary(WITH, "normalized").counts[t]
    assert (counts[:, [0, 1, 2, -3, -2, -1]].sum(1) > 0.8 * counts.sum(1)).all()
    at_most = np.abs(peaks(figures["activations"], t, "with BN, train mode", 1))
    np.testing.assert_allclose(at_most, 1, atol=0.1)
    lo, hi = axis_at(figures["activations"], t)
    assert 0.2 * (hi - lo) < 2  # from -1 to 1 is a fifth of the axis at least


@FIRST
def test_stale_statistics(seed):
    bn, _ = networks(presets.STALE.settings, seed)
    assert bn.accuracy[-1, TRAINING] > 0.9
    assert bn.accuracy[-1, EVALUATION] < bn.accuracy[-1, TRAINING] - 0.02
    assert bn.loss[-1, EVALUATION] > 1.5 * bn.loss[-1, TRAINING]
    # "still remember their start": (1 - 0.001)^500 = 0.61 of the initial variance of 1 is left.
    running = bn.statistics.running[-1, 1]
    assert running.min() > 0.999**500 * 0.99
    _, t, figures = shown(presets.STALE, seed)
    kept, true = (drawn(figures["gap"], name, low=True)[1][t] for name in ("running", "true"))
    assert max(kept / true, true / kept) > 1.4


@FIRST
def test_large_epsilon(seed):
    large = presets.LARGE_EPSILON.settings
    bn, _ = networks(large, seed)
    assert bn.accuracy[-1, EVALUATION] < 0.4
    assert bn.statistics.true[0, 1].max() < 0.1
    _, _, figures = shown(presets.LARGE_EPSILON, seed)
    _, true = drawn(figures["gap"], "true", low=True)
    assert true.max() < 0.1
    (named,) = figures["gap"]["layout"]["annotations"]
    assert named["text"].startswith("σ² of layer 1,")
    rescued, _ = networks(replace(large, eps=1e-5), seed)
    assert rescued.accuracy[-1, EVALUATION] > 0.9


@FIRST
@pytest.mark.parametrize("preset", [presets.HIGH_RATE, presets.LARGE_START], ids=lambda p: p.title)
def test_only_bn_survives(preset, seed):
    bn, none = networks(preset.settings, seed)
    assert none.diverged_at is not None
    assert none.diverged_at <= 10
    assert bn.diverged_at is None
    assert bn.accuracy[-1, EVALUATION] > 0.9


@FIRST
def test_weights_that_start_too_large_grow_from_layer_to_layer_only_without_bn(seed):
    trace, t, _ = shown(presets.LARGE_START, seed)
    wide, equal = (trace.summary(norm, "normalized").std[t] for norm in (WITHOUT, WITH))
    assert (np.diff(wide) > 0).all()
    assert equal.max() < 1.2 * equal.min()


@FIRST
def test_spirals(seed):
    trace, t, figures = shown(presets.SPIRALS, seed)
    bn, none = trace.networks[WITH], trace.networks[WITHOUT]
    assert none.diverged_at is not None
    assert none.diverged_at <= 10
    assert bn.diverged_at is None
    assert drawn(figures["learning"], "with BN, eval mode", low=True)[1][t] > 85
    assert f"without BN diverged at step {none.diverged_at}" in takeaway(trace, t)


def ahead(one, other):
    """Whether one network leads by a margin; each is (accuracy in %, loss)."""
    by_loss = other[1] - one[1] >= 0.05 and other[1] >= 1.25 * one[1]
    return one[0] - other[0] >= 5 or by_loss


VERDICTS = {
    "BN helps": lambda bn, none: ahead(bn, none) and not ahead(none, bn),
    "BN does not help": lambda bn, none: ahead(none, bn) and not ahead(bn, none),
    "no clear difference": lambda bn, none: not ahead(bn, none) and not ahead(none, bn),
    "disagree": lambda bn, none: ahead(bn, none) and ahead(none, bn),
}
OPENINGS = {preset.title: preset.settings for preset in presets.PRESETS}
OPENINGS |= {"defaults": Settings(), "batch size 2": Settings(batch_size=2)}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", OPENINGS)
def test_the_verdict_is_what_the_chart_draws_at_every_step(name, seed):
    trace = traced(OPENINGS[name], seed)
    drawn = chart("learning").figure(trace)["data"]
    losses = {line["name"]: line["y"] for line in drawn if line.get("yaxis") is None}
    right = {line["name"]: line["y"] for line in drawn if line.get("yaxis") and line.get("name")}
    for t, step in enumerate(trace.steps[1:], 1):
        words = takeaway(trace, t)
        assert words.startswith((f"After {step} steps: ", f"After {step} of 500 steps: "))
        bn, none = ((right[k][t], losses[k][t]) for k in ("with BN, eval mode", "without BN"))
        best = np.nanmax([accuracy[t] for accuracy in right.values()])
        assert all(f"{a / 100:.0%}" in words for a, loss in (bn, none) if np.isfinite(loss))
        if "diverged" in words:
            assert not np.isfinite([bn, none]).all()
        elif best < 100 * (1 / trace.n_classes + 0.15):
            assert "Neither network has learned" in words
        elif "In train mode" in words:
            assert abs(right["with BN, train mode"][t] - bn[0]) > 10
        else:
            (verdict,) = (said for said in VERDICTS if said in words)
            assert VERDICTS[verdict](bn, none), words
            assert short(bn[1]) in words
            assert short(none[1]) in words


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["batch size 2", presets.LARGE_EPSILON.title])
def test_two_networks_that_guess_are_not_compared(name, seed):
    assert "Neither network has learned" in takeaway(traced(OPENINGS[name], seed))


def test_the_scale_of_the_initial_weights_does_not_change_the_first_forward_pass_with_bn():
    losses = [
        run(Settings(init_scale=s, n_steps=100, depth=2)).networks[WITH].loss[0, TRAINING]
        for s in (1.0, 10.0)
    ]
    # The logits are not normalized; with one weight matrix the same, only eps is left.
    hidden = [
        run(Settings(init_scale=s, n_steps=100, depth=2)).summary(WITH, "activated").std[0]
        for s in (1.0, 10.0)
    ]
    np.testing.assert_allclose(hidden[0], hidden[1], rtol=1e-3)
    assert losses[0] != losses[1]


def test_every_preset_offers_only_what_the_controls_offer():
    from bnviz.settings import from_query, to_query

    for preset in presets.PRESETS:
        settings, notes = from_query(
            Settings, to_query(preset.settings, "playground"), "playground"
        )
        assert (settings, notes) == (preset.settings, [])


def test_the_first_link_of_the_readme_is_the_preset_that_it_names():
    from urllib.parse import parse_qsl, urlsplit

    from bnviz.settings import to_query

    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    address = re.search(r"\(http://localhost:8501/(\?[^)]*)\)", readme).group(1)
    linked = dict(parse_qsl(urlsplit(address).query))
    assert linked == to_query(presets.SPIRALS.settings, "playground")
