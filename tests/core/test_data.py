"""The data sets are what their docstrings say: real, split, standardized, seeded and learnable."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.data import digits, toys
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward, loss_and_accuracy
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer

FOLDER = Path(data.__file__).parent
TOYS = ("spirals", "circles", "moons", "xor")
DRAW = {name: getattr(toys, name) for name in TOYS}


def parts(split):
    return split.x_train, split.y_train, split.x_test, split.y_test


def nearest_centroid(split):
    """Classify the held-out part by the nearest class mean; give the share that is right."""
    x_train, y_train, x_test, y_test = parts(split)
    means_KD = np.stack([x_train[y_train == k].mean(axis=0) for k in range(split.n_classes)])
    distance_NK = np.square(x_test[:, None] - means_KD).sum(axis=-1)
    return (distance_NK.argmin(axis=1) == y_test).mean()


def nearest_neighbours(split, n_neighbours=15):
    """Classify the held-out part by a vote of the nearest training points."""
    x_train, y_train, x_test, y_test = parts(split)
    distance_NM = np.square(x_test[:, None] - x_train).sum(axis=-1)
    nearest = np.argpartition(distance_NM, n_neighbours, axis=1)[:, :n_neighbours]
    votes_NK = np.eye(split.n_classes)[y_train[nearest]].sum(axis=1)
    return (votes_NK.argmax(axis=1) == y_test).mean()


def straight_line(split):
    """Classify the held-out part by least squares on the coordinates: straight borders only."""
    x_train, y_train, x_test, y_test = parts(split)
    with_one = [np.column_stack([x, np.ones(len(x))]) for x in (x_train, x_test)]
    weights, *_ = np.linalg.lstsq(with_one[0], np.eye(split.n_classes)[y_train], rcond=None)
    return ((with_one[1] @ weights).argmax(axis=1) == y_test).mean()


def small_network(split, n_steps=300):
    """Train two ReLU layers of 16 with Adam; give the held-out accuracy."""
    spec = Spec(
        n_inputs=2, width=16, depth=2, n_classes=split.n_classes,
        norm="none", activation="relu", optimizer="adam", lr=0.02,
    )  # fmt: skip
    weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed=0)
    order = batch_order(len(split.x_train), 64, n_steps, seed=0)
    trainer = Trainer(spec, weights, split.x_train, split.y_train, order)
    trainer.advance(n_steps)
    logits = forward(spec, trainer.parameters, split.x_test).logits
    return loss_and_accuracy(logits, split.y_test)[1]


@pytest.mark.parametrize("name", data.NAMES)
def test_shapes_types_and_labels(name):
    split = data.load(name)
    n_train, n_test, n_inputs, n_classes = {
        "digits": (1437, 360, 64, 10),
        "spirals": (1024, 256, 2, 3),
    }.get(name, (1024, 256, 2, 2))

    assert split.name == name
    assert split.n_classes == n_classes
    assert split.x_train.shape == (n_train, n_inputs)
    assert split.x_test.shape == (n_test, n_inputs)
    assert {split.x_train.dtype, split.x_test.dtype} == {np.dtype(np.float32)}
    assert {split.y_train.dtype, split.y_test.dtype} == {np.dtype(np.int64)}
    assert split.y_train.shape == (n_train,)
    assert split.y_test.shape == (n_test,)
    for labels_N in (split.y_train, split.y_test):
        assert set(labels_N.tolist()) == set(range(n_classes))
        share_K = np.bincount(labels_N) / len(labels_N)
        assert share_K.max() / share_K.min() < 1.5
    assert all(np.isfinite(part).all() for part in parts(split))
    assert max(np.abs(x).max() for x in (split.x_train, split.x_test)) < 6.0


@pytest.mark.parametrize("name", data.NAMES)
def test_arrays_are_read_only_and_shared(name):
    split = data.load(name)
    assert data.load(name, seed=0) is split
    for part in parts(split):
        with pytest.raises(ValueError, match="read-only"):
            part[0] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            part.setflags(write=True)


@pytest.mark.parametrize("name", TOYS)
def test_same_seed_gives_the_same_points_and_another_seed_other_points(name):
    x_N2, labels_N = DRAW[name](500, seed=7)
    again_N2, labels_again_N = DRAW[name](500, seed=7)
    other_N2, other_labels_N = DRAW[name](500, seed=8)
    assert x_N2.tobytes() == again_N2.tobytes()
    assert labels_N.tobytes() == labels_again_N.tobytes()
    assert not np.isclose(x_N2, other_N2).all(axis=1).any()
    assert (labels_N != other_labels_N).any()
    assert (data.load(name, 7).x_train != data.load(name, 8).x_train).all(axis=1).any()


def test_digits_do_not_depend_on_the_seed():
    assert data.load("digits", seed=5) is data.load("digits")


@pytest.mark.parametrize("name", data.NAMES)
def test_no_example_is_in_both_parts(name):
    split = data.load(name)
    rows = np.concatenate([split.x_train, split.x_test])
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_digits_are_standardized_with_one_deviation():
    x_train = data.load("digits").x_train.astype(np.float64)
    x_test = data.load("digits").x_test.astype(np.float64)
    pixels_ND = digits.images()[0].reshape(1797, 64)

    np.testing.assert_allclose(x_train.mean(axis=0), 0.0, atol=1e-6)
    assert x_train.var(axis=0).mean() == pytest.approx(1.0, abs=1e-6)
    assert abs(x_test.var(axis=0).mean() - 1.0) < 0.1
    # One number divides all pixels: the step from one grey level to the next is the same for all.
    level = x_train[:, 20].max() - x_train[:, 20].min()
    level /= int(pixels_ND[:1437, 20].max()) - int(pixels_ND[:1437, 20].min())
    np.testing.assert_allclose(
        x_train - x_train[0], level * (pixels_ND[:1437] - pixels_ND[0].astype(float)), atol=1e-5
    )
    silent = (pixels_ND == 0).all(axis=0)
    assert silent.sum() == 3
    assert (x_train[:, silent] == 0.0).all()
    assert (x_test[:, silent] == 0.0).all()


@pytest.mark.parametrize("name", TOYS)
def test_toys_are_standardized_per_coordinate(name):
    split = data.load(name, seed=2)
    x_train = split.x_train.astype(np.float64)
    np.testing.assert_allclose(x_train.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(x_train.std(axis=0), 1.0, atol=1e-6)
    np.testing.assert_allclose(split.x_test.mean(axis=0), 0.0, atol=0.25)
    np.testing.assert_allclose(split.x_test.std(axis=0), 1.0, atol=0.2)


def test_digits_are_the_published_test_file():
    images_NHW, labels_N = digits.images()
    assert images_NHW.shape == (1797, 8, 8)
    assert {images_NHW.dtype, labels_N.dtype} == {np.dtype(np.uint8)}
    assert (images_NHW.min(), images_NHW.max()) == (0, 16)
    # How often each digit is in the test file, from the notes of the data set's authors.
    assert np.bincount(labels_N).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    # Every number that the project states about the digits rests on these bytes.
    stored = hashlib.sha256(images_NHW.tobytes() + labels_N.tobytes()).hexdigest()
    assert stored == "94f08444afaddcfd4d451fcbe21a49e3bd99d6acae7dac954f33b255f6b735a2"


def test_digits_carry_their_own_labels():
    assert nearest_centroid(data.load("digits")) > 0.85
    assert nearest_neighbours(data.load("digits")) > 0.95


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_small_network_learns_a_toy_but_a_straight_line_does_not(name, seed):
    split = data.load(name, seed)
    line = straight_line(split)
    assert line < (0.9 if name == "moons" else 0.65)
    assert line > 0.8 or name != "moons"
    assert nearest_neighbours(split) > 0.9
    assert small_network(split) > 0.9


@pytest.mark.parametrize("name", TOYS)
def test_noise_makes_a_toy_harder(name):
    def overlap(noise):
        x_N2, labels_N = DRAW[name](600, noise=noise)
        split = data.Split(
            x_N2[:400], labels_N[:400], x_N2[400:], labels_N[400:], labels_N.max() + 1, name
        )
        return nearest_neighbours(split, n_neighbours=5)

    assert overlap(0.0) > 0.9
    assert overlap(0.5) < overlap(0.0) - 0.05


def test_shapes_of_the_toys_without_noise():
    x_N2, labels_N = toys.spirals(300, noise=0.0)
    turn_N = np.arctan2(x_N2[:, 1], x_N2[:, 0]) / (2 * np.pi)
    arm_N = (3 * (turn_N - 0.75 * np.hypot(*x_N2.T))) % 3
    np.testing.assert_allclose((arm_N - labels_N + 1.5) % 3, 1.5, atol=1e-9)

    x_N2, labels_N = toys.moons(300, noise=0.0)
    centres_N2 = np.array([[0.0, 0.0], [1.0, 0.5]])[labels_N]
    np.testing.assert_allclose(np.hypot(*(x_N2 - centres_N2).T), 1.0)

    x_N2, labels_N = toys.xor(300, noise=0.0)
    assert np.abs(x_N2).max() <= 1.0
    corners = set(zip(*(np.sign(x_N2).T), labels_N.tolist(), strict=True))
    assert corners == {(1, 1, 0), (-1, -1, 0), (1, -1, 1), (-1, 1, 1)}


@pytest.mark.parametrize("name", ["", "Digits", "mnist", None, 3])
def test_unknown_name_is_refused_with_what_is_known(name):
    expected = f"must be one of digits, spirals, circles, moons, xor, got {name!r}"
    with pytest.raises(ValueError, match=re.escape(expected)):
        data.load(name)


@pytest.mark.parametrize("seed", [-1, 0.5, 1.0, "0", None, True])
@pytest.mark.parametrize("name", ["digits", "moons"])
def test_bad_seed_is_refused(name, seed):
    with pytest.raises(ValueError, match=f"whole number of 0 or more, got {seed!r}"):
        data.load(name, seed)


def test_numpy_seed_is_the_same_seed():
    assert data.load("moons", np.int64(4)) is data.load("moons", 4)


def test_licence_gives_what_cc_by_asks_for():
    text = (FOLDER / "LICENCE.md").read_text(encoding="utf-8")
    for part in (
        "Optical Recognition of Handwritten Digits",
        "E. Alpaydin and C. Kaynak",
        "doi.org/10.24432/C50P49",
        "CC BY 4.0",
        "creativecommons.org/licenses/by/4.0",
        "What was changed",
    ):
        assert part in text


def test_data_is_small():
    assert digits.FILE.stat().st_size < 47_000
    code_and_data = [p for p in FOLDER.rglob("*") if p.is_file() and p.suffix != ".pyc"]
    assert sum(p.stat().st_size for p in code_and_data) < 70_000
