"""The surface of the loss: how it is measured, and what the page says of it."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.labs.why import LAB, Settings, surface
from bnviz.labs.why.surface import FAR, NEAR, Surface, directions, losses, moved

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)


@cache
def trace(seed, depth=10):
    return LAB.run("surface", Settings(seed=seed, depth=depth))


def drawn(norm):
    rng = np.random.default_rng(3)
    spec = Spec(n_inputs=64, width=6, depth=2, n_classes=10, norm=norm)
    parameters = Parameters(spec, np.float64)
    parameters.flat[...] = rng.normal(size=parameters.flat.shape)
    return spec, parameters


def lengths(weights):
    return [np.linalg.norm(weight, axis=-2) for weight in weights]


def test_a_direction_is_as_long_as_the_weights_unit_by_unit():
    _, parameters = drawn("none")
    found = directions(parameters.weights, [0, 1])
    for one, other in zip(lengths(found), lengths(parameters.weights), strict=True):
        np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("keep", [False, True])
def test_the_weights_of_a_place_are_those_of_the_plane(keep):
    _, parameters = drawn("none")
    pair = [directions(parameters.weights, [0, k]) for k in (0, 1)]
    new = moved(parameters.weights, pair, (0.5, np.array([-1.0, 0.0, 0.25])), keep=keep)
    for layer, weight in enumerate(parameters.weights):
        wanted = weight + 0.5 * pair[0][layer] + 0.25 * pair[1][layer]
        if keep:
            wanted *= np.linalg.norm(weight, axis=0) / np.linalg.norm(wanted, axis=0)
        np.testing.assert_allclose(new[layer][2], wanted)


@pytest.mark.parametrize("norm", ["none", "bn"])
def test_the_losses_of_many_places_are_those_of_each_network(norm):
    spec, parameters = drawn(norm)
    factors = np.array([1.0, 0.5, -2.0])
    found = losses(spec, parameters, [w * factors[:, None, None] for w in parameters.weights])
    split, n = data.load("digits"), surface.N_IMAGES
    for factor, loss in zip(factors, found, strict=True):
        other = Parameters(spec, np.float64)
        other.flat[...] = parameters.flat
        for weight in other.weights:
            weight *= factor
        logits = forward(spec, other, split.x_train[:n].astype(float)).logits
        assert loss == pytest.approx(cross_entropy(logits, split.y_train[:n])[0], rel=1e-4)


def test_the_middle_is_the_trained_network_and_keeping_lengths_leaves_it():
    found = trace(0).found
    none, bn, kept = found.centre
    assert none == pytest.approx(kept, rel=1e-5)
    assert none < 2
    assert bn < 0.5


@EACH
@pytest.mark.checks(
    "Far from a trained network the loss is wilder without BN, and hardly so at kept lengths",
    how="planes of two random directions, ten layers, three seeds",
    tolerance="range without BN at least 6 times as wide; with lengths kept no wider",
)
def test_far_away_the_difference_is_the_length_of_the_weights(seed):
    none, bn, kept = trace(seed).found.range_within(FAR)
    assert none > 6 * bn
    assert kept < bn
    assert "not smoothness" in LAB.view("surface").takeaway(trace(seed))


@EACH
def test_it_is_so_with_five_layers_that_both_learn(seed):
    found = trace(seed, depth=5).found
    none, bn, kept = found.range_within(FAR)
    assert (found.centre < 0.2).all()
    assert none > 6 * bn
    assert kept < 1.75 * bn


def test_close_by_it_depends_on_the_seed():
    """The falsifier of "BN is smoother": near the network it is the steeper one for some seeds."""
    seeds = (*SEEDS, 3, 5, 7, 9, 12)
    ratios = [np.divide(*trace(seed).found.range_within(NEAR)[:2]) for seed in seeds]
    assert max(ratios) > 1.5
    assert min(ratios) < 0.95
    assert 0.7 < np.median(ratios) < 2


def test_a_network_that_diverged_has_no_surface_and_the_page_says_so():
    lost = Surface(np.linspace(-1, 1, 3), np.full((3, 3, 3), np.nan))
    told = replace(trace(0), found=lost)
    assert "diverged" in LAB.view("surface").takeaway(told)
    for chart in LAB.view("surface").charts(told):
        assert "diverged" in chart.figure["layout"]["title"]["text"]


def test_the_verdict_follows_the_numbers():
    for widest, words in ((3.0, "not smoothness"), (9.0, "not all"), (90.0, "not what makes")):
        loss = np.zeros((3, 3, 3))
        loss[:, 1, 0] = 100.0, 3.0, widest
        told = replace(trace(0), found=Surface(np.linspace(-1, 1, 3), loss))
        assert words in LAB.view("surface").takeaway(told)


def test_the_maps_have_the_same_colours():
    maps = [chart.figure["data"][0] for chart in LAB.view("surface").charts(trace(0))[:3]]
    for key in ("zmin", "zmax", "colorscale", "contours"):
        assert maps[0][key] == maps[1][key] == maps[2][key]
    np.testing.assert_allclose(10 ** maps[1]["z"], trace(0).found.loss[1], rtol=1e-3)
