"""The comparison: it passes where this project is right, and fails where a reference differs."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from bnviz import reference
from bnviz.core.gradcheck import TOLERANCE
from bnviz.labs import proof
from bnviz.labs.proof import (
    LAYERS,
    Request,
    Settings,
    differences,
    draw,
    effect,
    findings,
    fit,
    run,
)
from bnviz.labs.proof.problem import solve
from bnviz.labs.proof.record import DTYPES, MODES, PATH, compare, record
from bnviz.settings import fields

SIZES = [
    {"batch_size": 2, "channels": 2, "space": 1},
    {"batch_size": 1, "channels": 16, "space": 2},
    {"batch_size": 8, "channels": 4, "space": 4},
    {"batch_size": 32, "channels": 16, "space": 8},
]
every_layer = pytest.mark.parametrize("layer", LAYERS)
every_mode = pytest.mark.parametrize("mode", MODES)


def ask(settings):
    problem = draw(settings)
    return reference.answer(problem.function, problem.arguments, problem.dy)


def answers(settings):
    """What a right PyTorch answers, without PyTorch: the core's own numbers."""
    usual = replace(settings, convention="pytorch", variance="unbiased")
    found = solve(draw(settings), usual)
    if settings.tracks and settings.training:
        alone = solve(draw(replace(usual, momentum=0.99)), replace(usual, momentum=0.99))
        for name, batch in (("running_mean", "batch_mean"), ("running_var", "batch_var")):
            start = draw(settings).arguments[name]
            found[batch] = ((alone[name] - 0.01 * start) / 0.99).astype(start.dtype)
    return found


def failed(settings, answer):
    """Return the quantities that do not pass."""
    return [row.name for row in run(settings, answer) if not row.passed]


@pytest.mark.checks(
    "the page's comparison: each layer, precision, mode and size, small and large means",
    how="PyTorch, float32 and float64",
    tolerance="(16 + √n) · ε · size of the terms",
)
@pytest.mark.usefixtures("pytorch")
@every_layer
@every_mode
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_every_layer_passes(layer, mode, dtype, sizes):
    for offset, eps, seed in ((0, 1e-5, 0), (1, 1e-1, 1), (1000, 1e-8, 2)):
        asked = Request(
            layer=layer, mode=mode, dtype=dtype, offset=offset, eps=eps, seed=seed, **sizes
        )
        settings, _ = fit(asked)
        for row in run(settings, ask(settings)):
            assert row.passed, (row.name, row.difference, row.tolerance)


@pytest.mark.usefixtures("pytorch")
@pytest.mark.parametrize("convention", ["pytorch", "keras"])
@pytest.mark.parametrize("variance", ["unbiased", "biased"])
@pytest.mark.parametrize("momentum", [0.01, 0.1, 0.5, 0.99])
def test_conventions_pass_once_converted(convention, variance, momentum):
    settings = Settings(convention=convention, variance=variance, momentum=momentum)
    for row in run(settings, ask(settings)):
        assert row.passed
        assert bool(row.convention) == (row.name in effect(settings).changed)
        assert (row.unconverted is None) == (not row.convention)


def test_the_same_settings_draw_the_same_bytes_and_the_seed_counts():
    for a, b in zip(
        draw(Settings()).arguments.values(), draw(Settings()).arguments.values(), strict=True
    ):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(draw(Settings()).dy, draw(Settings(seed=1)).dy)


def test_solving_modifies_nothing():
    settings = Settings()
    problem = draw(settings)
    before = {n: np.copy(a) for n, a in problem.arguments.items()}
    solve(problem, settings)
    for name, a in problem.arguments.items():
        np.testing.assert_array_equal(a, before[name])


PROBLEM = draw(Settings())
BROKEN = {
    "eps a little larger": {"y": lambda y: y * (1 + 1e-6)},
    "dx without projections": {
        "dx": lambda dx: np.broadcast_to(PROBLEM.dy * PROBLEM.arguments["gamma"][0], dx.shape)
    },
    "one number of dx": {"dx": lambda dx: dx + 1e-9 * (np.abs(dx) == np.abs(dx).max())},
    "a mean for a sum": {"dgamma": lambda dgamma: dgamma / Settings().n_values},
    "the other sign": {"dbeta": np.negative},
    "running mean not updated": {"running_mean": lambda _: PROBLEM.arguments["running_mean"]},
    "another running variance": {"running_var": lambda var: var * (1 - 1e-3)},
    "not a number": {"y": lambda y: np.where(y == y.max(), np.nan, y)},
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_wrong_reference_fails(spoil):
    settings = Settings()
    right = answers(settings)
    assert not failed(settings, right)
    wrong = right | {name: change(right[name]) for name, change in spoil.items()}
    assert failed(settings, wrong) == list(spoil)
    assert findings.verdict(run(settings, wrong), settings).startswith("**No.**")


@pytest.mark.parametrize("name", ["running_mean", "running_var"])
def test_the_wrong_convention_is_no_pass(name):
    """A conversion does not excuse what it does not explain."""
    settings = Settings(convention="keras", variance="biased")
    right = answers(settings)
    assert not failed(settings, right)
    batch = name.replace("running", "batch")
    assert failed(settings, right | {batch: right[batch] * 1.001}) == [name]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a: a | {"dgamma": a["dgamma"][:1]},
        lambda a: a | {"dx": None},
        lambda a: {n: v for n, v in a.items() if n != "running_var"},
        lambda a: a | {"y": a["y"].astype(np.float32)},
    ],
)
def test_the_answer_to_another_question_is_refused(spoil):
    with pytest.raises(ValueError, match="the reference must have"):
        run(Settings(), spoil(answers(Settings())))


def test_a_conversion_needs_the_statistics_of_the_batch():
    settings = Settings(variance="biased")
    answer = {n: a for n, a in answers(settings).items() if n != "batch_var"}
    with pytest.raises(ValueError, match="batch_var"):
        run(settings, answer)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("layer", proof.BATCH_NORMS)
def test_each_switch_changes_only_what_it_should(layer, seed):
    usual = Settings(layer=layer, seed=seed)
    assert effect(usual).changed == ()
    assert effect(replace(usual, variance="biased")).changed == ("running_var",)
    keras = effect(replace(usual, convention="keras"))
    assert keras.changed == ("running_mean", "running_var")
    assert keras.same == ("y", "dx", "dgamma", "dbeta")


def test_keras_at_one_half_and_evaluation_change_nothing():
    half = Settings(convention="keras", momentum=0.5)
    assert effect(half).changed == ()
    assert "changes nothing" in findings.conventions(effect(half), half)
    evaluation = Settings(convention="keras", variance="biased", mode="eval")
    assert effect(evaluation).changed == ()
    assert "read and not written" in findings.conventions(effect(evaluation), evaluation)


def test_the_sentence_on_conventions_has_the_numbers():
    settings = Settings(convention="keras", variance="biased")
    found = effect(settings)
    sentence = findings.conventions(found, settings)
    n, problem = settings.n_values, draw(settings)
    x, start = problem.arguments["x"][:, 0], problem.arguments["running_var"][0]
    assert found.after["running_var"] == pytest.approx(0.1 * start + 0.9 * x.var())
    assert found.before["running_var"] == pytest.approx(0.9 * start + 0.1 * x.var(ddof=1))
    for words in (f"{found.after['running_var']:.5g}", f"{n - 1}/{n}", "new batch 0.9"):
        assert words in sentence
    assert sentence.endswith("Bit for bit the same: output y, dx, dγ, dβ.")


@pytest.mark.parametrize("layer", [name for name in LAYERS if name not in proof.BATCH_NORMS])
def test_layers_without_running_statistics_say_so(layer):
    settings = Settings(layer=layer, convention="keras", variance="biased")
    assert "keeps no running statistics" in findings.conventions(effect(settings), settings)


def test_every_request_has_settings():
    sizes = itertools.product(LAYERS, (1, 2, 32), (1, 2, 16), (1, 2, 8), (1, 2, 16))
    for layer, batch_size, channels, space, groups in sizes:
        asked = Request(
            layer=layer, batch_size=batch_size, channels=channels, space=space, groups=groups
        )
        settings, notes = fit(asked)
        kept = all(getattr(settings, name) == getattr(asked, name) for name in fields(Request))
        assert kept == (not notes)


@pytest.mark.parametrize(
    ("asked", "used", "words"),
    [
        ({"layer": "gn", "channels": 4, "groups": 16}, {"groups": 4}, "16 groups of 4 channels"),
        ({"layer": "bn1d", "batch_size": 1, "space": 1}, {"space": 2}, "more than 1 value"),
        ({"layer": "in", "space": 1}, {"space": 2}, "not 8 × 4 × 1 × 1; Side = 2 is used"),
        ({"layer": "ln", "channels": 1}, {"channels": 2}, "Channels = 2 is used"),
    ],
)
def test_what_does_not_go_together_becomes_the_nearest_and_says_so(asked, used, words):
    with pytest.raises(ValueError, match=r"cannot make|needs more"):
        Settings(**asked)
    settings, (note,) = fit(Request(**asked))
    assert words in note
    assert settings == Settings(**asked | used)


@pytest.mark.checks(
    "the page's finite differences: each layer and mode",
    how="central differences, random cotangent",
    tolerance=1e-6,
)
@every_layer
@every_mode
def test_finite_differences_pass(layer, mode):
    assert TOLERANCE == 1e-6
    for eps, seed in itertools.product((1e-8, 1e-5, 0.1), (0, 1, 2)):
        found = differences(Settings(layer=layer, mode=mode, eps=eps, seed=seed), cotangent=seed)
        assert found.passed, found.errors
        assert set(found.errors) == {"dx", "dgamma"} | ({"dbeta"} if layer != "rms" else set())
        assert "**Pass.**" in findings.differences(found)


def test_another_cotangent_is_another_check():
    first, second = (differences(Settings(), cotangent=k) for k in (0, 1))
    assert first.errors != second.errors


def test_a_plain_sum_would_hide_mistakes_of_batch_norm_only():
    for mode, words in (("train", "could not be told"), ("eval", "would do as well")):
        found = differences(Settings(mode=mode))
        assert words in findings.plain_sum(found)


def test_a_wrong_backward_pass_fails(monkeypatch):
    from bnviz.core import functional as F

    right = F.batch_norm_backward
    monkeypatch.setattr(
        F, "batch_norm_backward", lambda dy, cache: (dy * cache.gain, *right(dy, cache)[1:])
    )
    found = differences(Settings())
    assert not found.passed
    assert found.errors["dx"] > TOLERANCE > found.errors["dgamma"]


def test_the_record_holds_every_layer_and_all_passed():
    assert set(record().rows) == set(itertools.product(LAYERS, DTYPES, MODES))
    assert all(row.passed for rows in record().rows.values() for row in rows)
    assert len(record().date) == 10


@pytest.mark.usefixtures("pytorch")
@pytest.mark.parametrize("key", [("bn2d", "float64", "train"), ("ln", "float32", "eval")], ids=str)
def test_a_sample_of_the_record_made_again(key):
    """Differences may vary with the processor; what was compared and what passes may not."""
    (stored,) = (
        entry
        for entry in json.loads(PATH.read_text("utf-8"))["comparisons"]
        if (entry["layer"], entry["dtype"], entry["mode"]) == key
    )
    again = compare(*key)
    for old, new in zip(stored["rows"], again["rows"], strict=True):
        assert (old["name"], old["n"]) == (new["name"], new["n"])
        assert old["tolerance"] == pytest.approx(new["tolerance"], rel=0.02)
        assert new["difference"] <= new["tolerance"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.5, "0.5"), (7.6e-15, "7.6 × 10⁻¹⁵"), (float("nan"), "not a number")],
)
def test_small_numbers_are_readable(value, text):
    assert findings.size(value) == text
