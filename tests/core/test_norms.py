"""Every normalizer: against PyTorch, against finite differences, and what it leaves alone.

They are listed in ``norm_cases.py``; one test here asks the same of all of them. What batch norm
alone promises is in ``test_functional.py``.
"""

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core.gradcheck import gradient_errors
from tests.core.inputs import LAYOUTS
from tests.core.norm_cases import CASES, EPS, stats

TIGHT = {"rtol": 1e-9, "atol": 1e-12}
TOLERANCE = 1e-7


def every_case(**wanted):
    """Run a test for all cases whose fields have the wanted values."""
    some = {n: c for n, c in CASES.items() if all(getattr(c, f) == v for f, v in wanted.items())}
    return pytest.mark.parametrize("case", some.values(), ids=some)


def random_dy(case, dtype=np.float64):
    return np.random.default_rng(9).normal(size=case.shapes["x"]).astype(dtype)


def in_pytorch(torch, case, inputs, dy):
    """Output and gradients of PyTorch's own, with the keys of ``Case.run``."""
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in inputs.items()}
    y = case.pytorch(torch, **leaves)
    gradients = torch.autograd.grad(y, list(leaves.values()), torch.tensor(dy))
    found = {f"d{n}": g.numpy() for n, g in zip(leaves, gradients, strict=True)}
    return {"y": y.detach().numpy()} | found


# ----------------------------------------------------------------- the right numbers


@every_case()
@pytest.mark.checks(
    "every normalizer: output and gradients",
    how="PyTorch, float64",
    tolerance=TIGHT,
)
def test_output_and_gradients_are_those_of_pytorch(pytorch, case):
    inputs, dy = case.draw(), random_dy(case)
    ours, theirs = case.run(inputs, dy), in_pytorch(pytorch, case, inputs, dy)
    assert ours.keys() == theirs.keys()
    for name, wanted in theirs.items():
        assert ours[name].shape == wanted.shape
        np.testing.assert_allclose(ours[name], wanted, err_msg=name, **TIGHT)


MISSING = [
    pytest.param(case, missing, id=f"{name} without {' and '.join(missing)}")
    for name, case in CASES.items()
    for missing in dict.fromkeys([case.optional[:1], case.optional[1:], case.optional])
    if missing
]


@pytest.mark.parametrize(("case", "missing"), MISSING)
def test_gamma_and_beta_may_each_be_missing(pytorch, case, missing):
    """None is 1 for gamma and 0 for beta, and has a gradient all the same."""
    inputs, dy = case.draw(), random_dy(case)
    neutral = {"gamma": np.ones_like, "beta": np.zeros_like}
    filled = inputs | {name: neutral[name](inputs[name]) for name in missing}
    ours = case.run(inputs | dict.fromkeys(missing), dy)
    for name, wanted in in_pytorch(pytorch, case, filled, dy).items():
        np.testing.assert_allclose(ours[name], wanted, err_msg=name, **TIGHT)


@every_case(differentiable=True)
@pytest.mark.checks(
    "every normalizer but renorm: gradients",
    how="central differences, random cotangent",
    tolerance=TOLERANCE,
)
def test_gradients_are_those_of_finite_differences(case):
    errors = gradient_errors(case.forward, case.backward, case.draw())
    assert max(errors.values()) < TOLERANCE, errors


@pytest.mark.parametrize("shape", [(5, 3), (3, 2, 2, 2)], ids=str)
@pytest.mark.parametrize(("r_max", "d_max"), [(1.0, 0.0), (1.2, 0.1), (np.inf, np.inf)])
def test_the_gradient_of_batch_renorm_holds_its_corrections_fixed(rng, shape, r_max, d_max):
    axes, per_channel = F.batch_norm_axes(len(shape)), (-1, *[1] * (len(shape) - 2))
    inputs = {"x": rng.normal(1.0, 2.0, shape), "gamma": rng.normal(size=shape[1])}
    inputs["beta"] = rng.normal(size=shape[1])
    y, cache = F.batch_renorm(*inputs.values(), *stats(shape[1]), r_max=r_max, d_max=d_max, eps=EPS)

    def held(x, gamma, beta):
        x_hat = F.standardize(x, axes, EPS).x_hat * cache.r + cache.d
        return x_hat * gamma.reshape(per_channel) + beta.reshape(per_channel), cache

    np.testing.assert_allclose(held(**inputs)[0], y, rtol=1e-12)
    errors = gradient_errors(held, F.batch_renorm_backward, inputs)
    assert max(errors.values()) < TOLERANCE, errors


def test_the_corrections_of_batch_renorm_are_clipped_and_use_the_statistics_before_the_update():
    x_NC = np.array([[0.0, 0.0, 0.0], [2.0, 20.0, 200.0]])  # means 1, 10, 100; deviations likewise
    mean, var = np.array([0.5, 0.0, 1000.0]), np.array([1.0, 1.0, 90000.0])
    _, cache = F.batch_renorm(x_NC, None, None, mean, var, r_max=2.0, d_max=2.5, eps=0.0)
    np.testing.assert_allclose(cache.r, [[1.0, 2.0, 0.5]])
    np.testing.assert_allclose(cache.d, [[0.5, 2.5, -2.5]])
    np.testing.assert_allclose(mean, 0.99 * np.array([0.5, 0.0, 1000.0]) + 0.01 * x_NC.mean(0))


# ----------------------------------------------------------------- what is changed, and what not


@every_case()
@pytest.mark.checks(
    "every normalizer: inputs are never modified",
    how="arrays that cannot be written",
    tolerance="exact",
)
def test_inputs_are_never_modified(case):
    inputs, dy = case.draw(), random_dy(case)
    for a in (*inputs.values(), dy):
        a.flags.writeable = False
    case.run(inputs, dy)


@every_case()
def test_changing_outputs_or_inputs_does_not_change_the_cache(case):
    inputs, dy = case.draw(), random_dy(case)
    y, cache = case.forward(**inputs)
    first = [g.copy() for g in case.backward(dy, cache)]
    for a in (y, *inputs.values()):
        a[...] = np.nan
    for wanted, g in zip(first, case.backward(dy, cache), strict=True):
        np.testing.assert_array_equal(g, wanted)
        g[...] = np.nan
    for wanted, g in zip(first, case.backward(dy, cache), strict=True):
        np.testing.assert_array_equal(g, wanted)
    assert np.isfinite(dy).all()


@every_case()
def test_the_output_is_not_a_view_of_the_cache_where_nothing_is_scaled(case):
    y, cache = case.forward(**case.draw() | dict.fromkeys(case.optional))
    dy = random_dy(case)
    first = [g.copy() for g in case.backward(dy, cache)]
    y[...] = np.nan
    for wanted, g in zip(first, case.backward(dy, cache), strict=True):
        np.testing.assert_array_equal(g, wanted)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@every_case()
def test_dtype_is_kept_whatever_that_of_the_parameters(case, dtype):
    inputs, dy = case.draw(), random_dy(case)
    exact = case.run(inputs, dy)
    arrays = {n: a.astype(dtype) if n in ("x", "style") else a for n, a in inputs.items()}
    result = case.run(arrays, dy.astype(dtype))
    work = np.result_type(dtype, np.float32)
    for name, a in result.items():
        assert a.dtype == (work if name in ("dgamma", "dbeta") else dtype), name
        np.testing.assert_allclose(a, exact[name], rtol=0.02, atol=0.03, err_msg=name)


@pytest.mark.parametrize("layout", LAYOUTS)
@every_case()
def test_memory_layout_makes_no_difference(case, layout):
    inputs, dy = case.draw(), random_dy(case)
    wanted = case.run(inputs, dy)
    result = case.run({n: layout(a) for n, a in inputs.items()}, layout(dy))
    for name, a in result.items():
        np.testing.assert_allclose(a, wanted[name], rtol=1e-13, atol=1e-13, err_msg=name)


BATCHES = {n: c for n, c in CASES.items() if c.shapes["x"] != c.shapes.get("gamma")}


@pytest.mark.parametrize("case", BATCHES.values(), ids=BATCHES)
def test_an_empty_batch_gives_nothing_and_no_gradient(case):
    inputs, sample = case.draw(), case.shapes["x"][:2]
    per_sample = [name for name, shape in case.shapes.items() if shape[:2] == sample]
    inputs |= {name: inputs[name][:0] for name in per_sample}
    result = case.run(inputs, random_dy(case)[:0])
    assert result["y"].shape == inputs["x"].shape
    for name, a in inputs.items():
        np.testing.assert_array_equal(result[f"d{name}"], np.zeros(a.shape))


@pytest.mark.parametrize("case", [c for c in BATCHES.values() if c.alone])
def test_a_bad_value_spoils_its_sample_only(case):
    inputs, dy = case.draw(), random_dy(case)
    clean = case.run(inputs, dy)
    inputs["x"][0].flat[0] = np.nan
    spoilt = case.run(inputs, dy)
    for name in ("y", "dx"):
        np.testing.assert_array_equal(spoilt[name][1:], clean[name][1:])
    assert np.isnan(spoilt["y"][0]).any()


@every_case(alone=False)
def test_a_bad_value_spoils_its_channel_only(case):
    inputs, dy = case.draw(), random_dy(case)
    clean = case.run(inputs, dy)
    inputs["x"][0, 0] = np.nan
    spoilt = case.run(inputs, dy)
    for name in ("y", "dx"):
        assert np.isnan(spoilt[name][:, 0]).any()
        np.testing.assert_array_equal(spoilt[name][:, 1:], clean[name][:, 1:])


@every_case()
@pytest.mark.checks(
    "every normalizer in float32 with a large mean",
    how="the same in float64",
    tolerance="relative 2e-5",
)
def test_large_means_do_not_cancel_in_float32(case):
    inputs = case.draw()
    inputs["x"] = (inputs["x"] + 1e4).astype(np.float32).astype(np.float64)
    exact, _ = case.forward(**inputs)
    y, _ = case.forward(**{name: a.astype(np.float32) for name, a in inputs.items()})
    np.testing.assert_allclose(y, exact, rtol=2e-5, atol=1e-4 * np.abs(exact).max() ** 0.5)


@pytest.mark.parametrize("value", [0.0, 7.3, -1e6])
@every_case()
def test_constant_inputs_are_finite_and_have_a_finite_gradient(case, value):
    inputs = case.draw()
    inputs["x"][...] = value
    for name, a in case.run(inputs, random_dy(case)).items():
        assert np.isfinite(a).all(), name


# ----------------------------------------------------------------- bad input


@every_case()
def test_a_dy_of_another_shape_is_refused(case):
    shape = case.shapes["x"]
    _, cache = case.forward(**case.draw())
    with pytest.raises(ValueError, match=r"dy must have the shape of y, .* got"):
        case.backward(np.ones((*shape, 2)), cache)


@every_case()
def test_what_is_not_floating_is_refused(case):
    inputs = case.draw()
    y, cache = case.forward(**inputs)
    with pytest.raises(ValueError, match="x must be an array of floats, got int64"):
        case.forward(**inputs | {"x": np.ones(y.shape, int)})
    with pytest.raises(ValueError, match="dy must be an array of floats, got bool"):
        case.backward(np.ones(y.shape, bool), cache)


@every_case()
def test_parameters_of_another_shape_are_refused(case):
    inputs = case.draw()
    for name in case.shapes.keys() - {"x", "style"}:
        for wrong in (np.ones((1,) * inputs[name].ndim), np.ones((*inputs[name].shape, 1))):
            if wrong.shape != inputs[name].shape:
                with pytest.raises(ValueError, match=rf"{name} must have the "):
                    case.forward(**inputs | {name: wrong})
