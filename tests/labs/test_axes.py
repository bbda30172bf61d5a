"""The axes explorer: its counts and sets against brute force, its table, its bad input."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core import nn
from bnviz.core.folding import fold_into_preceding
from bnviz.core.functional import axes
from bnviz.labs.axes import METHODS, Request, Settings, findings, fit, run, sharing
from bnviz.labs.axes.properties import properties
from bnviz.labs.axes.settings import IMAGES, SEQUENCES
from bnviz.labs.axes.tensor import draw
from bnviz.settings import fields as marks

N, C, H, W, G = 3, 4, 2, 5, 2
IMAGE = Settings(samples=N, channels=C, height=H, width=W, groups=G)
SEQUENCE = replace(IMAGE, layout=SEQUENCES)
LAYOUTS = pytest.mark.parametrize("settings", [IMAGE, SEQUENCE], ids=[IMAGES, SEQUENCES])
EACH = pytest.mark.parametrize("method", METHODS)


def row(settings, method):
    return next(r for r in run(settings).properties if r.method == method)


# Counts and sets


@pytest.mark.parametrize(
    ("method", "n_sets", "n_values"),
    [
        ("bn", C, N * H * W),
        ("ln", N, C * H * W),
        ("in", N * C, H * W),
        ("gn", N * G, C // G * H * W),
        ("rms", N, C * H * W),
    ],
)
def test_images_have_the_counts_of_the_papers(method, n_sets, n_values):
    done = run(replace(IMAGE, method=method)).chosen
    assert (done.n_sets, done.n_values) == (n_sets, n_values)
    assert np.prod(done.statistics) == n_sets


@pytest.mark.parametrize(
    ("method", "n_sets", "n_values"),
    [
        ("bn", C, N * W),
        ("ln", N * W, C),
        ("in", N * C, W),
        ("gn", N * G, C // G * W),
        ("rms", N * W, C),
    ],
)
def test_sequences_have_the_counts_of_transformers(method, n_sets, n_values):
    done = run(replace(SEQUENCE, method=method)).chosen
    assert (done.n_sets, done.n_values) == (n_sets, n_values)


@LAYOUTS
@EACH
def test_a_changed_cell_moves_its_own_set_and_no_other(settings, method):
    settings = replace(settings, method=method)
    x = draw(settings) + 0.05  # RMS leaves a zero a zero, whatever its fellows do
    before = sharing(method, x, settings)
    for cell in [(0,) * x.ndim, tuple(size - 1 for size in x.shape), settings.cell]:
        changed = x.copy()
        changed[cell] += 3.0
        moved = sharing(method, changed, settings).y != before.y
        np.testing.assert_array_equal(moved, before.sets == before.sets[cell])


@LAYOUTS
@EACH
def test_the_lines_shown_run_and_give_the_output_and_the_statistics(settings, method):
    trace = run(replace(settings, method=method))
    names = {"F": F, "x": trace.x}
    names |= {"standardize": F.standardize, "mean_of_products": F.mean_of_products}
    exec(trace.chosen.lines, names)
    turned = trace.x.ndim == 3 and method in ("bn", "gn", "in")
    y = names["y"].transpose(0, 2, 1) if turned else names["y"]
    np.testing.assert_array_equal(y, trace.chosen.y)
    found = names["mean_square"] if method == "rms" else names["s"].var
    assert found.shape == trace.chosen.statistics
    assert found.ravel()[trace.set_of_cell] == pytest.approx(trace.var, rel=1e-12)
    if method != "rms":
        assert names["s"].mean.ravel()[trace.set_of_cell] == pytest.approx(trace.mean, rel=1e-12)


@LAYOUTS
@EACH
def test_the_chosen_cell_follows_from_its_members(settings, method):
    trace = run(replace(settings, method=method, eps=0.1))
    assert trace.members.size == trace.chosen.n_values
    assert trace.value in trace.members
    expected = (trace.value - trace.mean) / np.sqrt(trace.var + 0.1)
    assert trace.x_hat == pytest.approx(expected, rel=1e-12)


def test_the_code_shown_is_the_code_that_runs():
    source = run(IMAGE).source
    (function,) = ast.parse(source).body
    assert function.name == "standardize"
    assert ast.get_docstring(function) is None
    names = dict(vars(axes))
    exec(source, names)
    assert names["standardize"] is not F.standardize
    x = draw(IMAGE)
    np.testing.assert_array_equal(
        names["standardize"](x, (-1,)).x_hat, F.standardize(x, (-1,)).x_hat
    )
    assert "rms_norm" in run(replace(IMAGE, method="rms")).source


# The table and the relatives


@LAYOUTS
def test_only_batch_norm_looks_at_other_samples_changes_with_the_mode_and_folds(settings):
    found = {r.method: r for r in run(settings).properties}
    assert list(found) == list(METHODS)
    for method, r in found.items():
        bn = method == "bn"
        assert r.others.yes is bn
        assert r.foldable.yes is bn
        assert r.modes.yes is not bn
        assert r.batch_of_one.yes is not bn


def test_a_batch_of_one_is_refused_where_it_leaves_one_value_per_channel():
    settings = replace(IMAGE, height=1, width=1, at_column=0)
    assert row(settings, "bn").batch_of_one.yes is None
    assert row(settings, "ln").batch_of_one.yes is True
    assert row(settings, "in").others.yes is None
    assert run(settings).sharings["in"] is None


@pytest.mark.parametrize(
    ("method", "images", "sequences"),
    [("bn", C, C), ("ln", C * H * W, C), ("gn", C, C), ("in", C, C), ("rms", C * H * W, C)],
)
def test_numbers_in_gamma(method, images, sequences):
    assert row(IMAGE, method).n_scales == images
    assert row(SEQUENCE, method).n_scales == sequences


def test_what_is_called_foldable_folds():
    x = draw(IMAGE)
    conv = nn.Conv2d(C, C, 1, rng=0, dtype=np.float64)
    norm = nn.BatchNorm2d(C, dtype=np.float64)
    norm(conv(x))
    assert properties("bn", IMAGE).foldable.yes
    np.testing.assert_allclose(
        fold_into_preceding(conv, norm)(x), norm.eval()(conv(x)), rtol=1e-9, atol=1e-12
    )


def test_one_value_per_channel_leaves_relatives_that_refuse():
    settings = Settings(
        method="gn", channels=2, groups=1, height=1, width=1, at_channel=0, at_column=0
    )
    assert "refuses these sizes" in findings.identity(run(settings).identities[1])


def test_relatives_are_the_same_on_images():
    for seed in range(5):
        found = run(replace(IMAGE, seed=seed)).identities
        assert max(identity.difference for identity in found) < 1e-9


def test_group_norm_with_one_group_is_not_layer_norm_on_sequences():
    one, *others = run(SEQUENCE).identities
    assert one.difference > 0.1
    assert max(identity.difference for identity in others) < 1e-9
    assert "not the same here" in findings.identity(one)


# The contract


def test_the_same_settings_give_the_same_bytes_and_another_seed_others():
    one, same, other = (run(replace(IMAGE, seed=seed)) for seed in (0, 0, 1))
    for field in ("x", "members"):
        assert getattr(one, field).tobytes() == getattr(same, field).tobytes()
    assert one.chosen.y.tobytes() == same.chosen.y.tobytes()
    assert one.properties == same.properties
    assert one.x.tobytes() != other.x.tobytes()


def test_a_cell_keeps_its_value_when_a_size_changes():
    small, large = draw(IMAGE), draw(replace(IMAGE, samples=6, channels=6, height=6, width=6))
    np.testing.assert_array_equal(small, large[:N, :C, :H, :W])


@pytest.mark.parametrize("seed", range(5))
def test_what_a_reader_sees_is_all_there_is(seed):
    x = draw(Request(samples=6, channels=6, height=6, width=6, seed=seed))
    assert [float(f"{value:.1f}") for value in x.ravel()] == x.ravel().tolist()
    assert not (np.signbit(x) & (x == 0)).any()


def corners():
    """Both ends of every control."""
    for name, mark in marks(Request).items():
        offered = mark.options if getattr(mark, "options", None) else (mark.lo, mark.hi)
        for value in offered if isinstance(offered, dict) else (offered[0], offered[-1]):
            yield pytest.param({name: value}, id=f"{name}={value}")


@pytest.mark.parametrize("change", list(corners()))
def test_both_ends_of_every_control_are_finite(change):
    settings, _ = fit(Request(**change))
    trace = run(settings)
    assert np.isfinite(trace.chosen.y).all()
    assert np.isfinite([trace.mean, trace.var, trace.x_hat]).all()
    assert findings.takeaway(trace)
    assert findings.formulas(trace)


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match="bn, ln, gn, in, rms, got 'sn'"):
        sharing("sn", draw(IMAGE), IMAGE)


# The words


def test_words_name_the_set_of_the_chosen_cell():
    cases = {
        "bn": "all 3 samples, channel 2 only, all 2 rows, all 5 columns",
        "ln": "sample 1 only, all 4 channels, all 2 rows, all 5 columns",
        "gn": "sample 1 only, channels 2 to 3, all 2 rows, all 5 columns",
        "in": "sample 1 only, channel 2 only, all 2 rows, all 5 columns",
    }
    for method, words in cases.items():
        trace = run(replace(IMAGE, method=method))
        assert findings.whom(trace) == words
        assert f"with {trace.chosen.n_values - 1} other values" in findings.takeaway(trace)
    assert "one mean square with" in findings.takeaway(run(replace(IMAGE, method="rms")))


def test_a_set_of_one_value_is_said_to_be_alone():
    trace = run(Settings(method="ln", layout=SEQUENCES, channels=1, groups=1, at_channel=0))
    assert "alone in its set" in findings.takeaway(trace)
    assert trace.x_hat == 0


def test_two_values_become_plus_and_minus_one():
    trace = run(Settings(samples=2, height=1, width=1, at_column=0, eps=1e-8))
    np.testing.assert_allclose(np.abs(trace.chosen.y), 1, atol=1e-5)


def test_formulas_hold_the_numbers_of_the_cell():
    trace = run(replace(IMAGE, method="gn", eps=0.01))
    text = findings.formulas(trace)
    for number in (trace.mean, trace.var, trace.x_hat):
        assert f"{abs(number):.3f}".rstrip("0") in text
    assert r"\frac{0.2" in text
    assert "+ 0.01" in text
    assert r"\mu" not in findings.formulas(run(replace(IMAGE, method="rms")))


def test_cells_are_listed_with_their_sets():
    trace = run(IMAGE)
    columns = findings.cells(trace)
    assert list(columns) == ["n", "c", "h", "w", "x", "set", "x_hat"]
    assert {len(values) for values in columns.values()} == {trace.x.size}
    at = [columns[letter][-1] for letter in "nchw"]
    assert columns["x"][-1] == trace.x[tuple(at)]
    assert columns["set"][-1] == trace.chosen.sets[tuple(at)]
