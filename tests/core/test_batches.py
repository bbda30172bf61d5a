"""Batches of a few classes, wrong labels and dropout masks: what their seeds promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.core.data.noise import flip_labels
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order, class_batch_order
from bnviz.core.train.dropout import dropout_masks, n_masks

LABELS = np.repeat([0, 1, 2, 3], [40, 50, 60, 70])


@given(
    n_examples=st.integers(1, 60),
    batch_size=st.integers(1, 60),
    n_steps=st.integers(0, 40),
    seed=st.integers(0, 99),
)
def test_batch_order(n_examples, batch_size, n_steps, seed):
    if batch_size > n_examples:
        with pytest.raises(ValueError, match="batch_size must be between 1 and"):
            batch_order(n_examples, batch_size, n_steps, seed)
        return
    order = batch_order(n_examples, batch_size, n_steps, seed)
    assert order.shape == (n_steps, batch_size)
    assert np.array_equal(order, batch_order(n_examples, batch_size, n_steps, seed))
    # A longer run begins in the same way.
    assert np.array_equal(order, batch_order(n_examples, batch_size, n_steps + 5, seed)[:n_steps])
    per_epoch = n_examples // batch_size
    for first in range(0, n_steps, per_epoch):
        epoch = order[first : first + per_epoch].ravel()
        assert len(set(epoch)) == len(epoch)
        assert set(epoch) <= set(range(n_examples))


def test_epochs_and_seeds_differ_and_everybody_gets_a_turn():
    order = batch_order(n_examples=10, batch_size=4, n_steps=100, seed=3)
    assert not np.array_equal(order[:2], order[2:4])
    assert not np.array_equal(order, batch_order(10, 4, 100, seed=4))
    assert set(order.ravel()) == set(range(10))


@given(
    classes_per_batch=st.integers(1, 4),
    batch_size=st.integers(1, 40),
    n_steps=st.integers(0, 20),
    seed=st.integers(0, 99),
)
def test_a_batch_has_few_classes_and_no_example_twice(classes_per_batch, batch_size, n_steps, seed):
    options = {"seed": seed, "classes_per_batch": classes_per_batch}
    order = class_batch_order(LABELS, batch_size, n_steps, **options)
    assert order.shape == (n_steps, batch_size)
    for batch in order:
        assert len(set(batch)) == batch_size
        assert len(set(LABELS[batch])) <= classes_per_batch
    longer = class_batch_order(LABELS, batch_size, n_steps + 3, **options)
    assert np.array_equal(order, longer[:n_steps])


def test_all_classes_get_their_turn_and_a_batch_uses_those_it_may():
    order = class_batch_order(LABELS, 32, 200, seed=0, classes_per_batch=2)
    n_classes = [len(set(batch)) for batch in LABELS[order]]
    assert min(n_classes) == max(n_classes) == 2
    pairs = {tuple(sorted(set(batch.tolist()))) for batch in LABELS[order]}
    assert len(pairs) == 6
    assert set(order.ravel()) == set(range(220))
    other = class_batch_order(LABELS, 32, 200, seed=1, classes_per_batch=2)
    assert not np.array_equal(order, other)


def test_with_all_classes_it_is_the_plain_draw():
    """Each class then comes as often as in the data: here 40, 50, 60 and 70 of 220."""
    order = class_batch_order(LABELS, 40, 500, seed=0, classes_per_batch=4)
    shares = np.bincount(LABELS[order].ravel()) / order.size
    np.testing.assert_allclose(shares, np.bincount(LABELS) / 220, atol=0.01)


@pytest.mark.parametrize(
    ("classes_per_batch", "batch_size", "message"),
    [
        (0, 8, "classes_per_batch must be between 1 and 4, got 0"),
        (5, 8, "classes_per_batch must be between 1 and 4, got 5"),
        (1, 41, "between 1 and 40, the examples of the smallest 1 classes, got 41"),
        (2, 91, "between 1 and 90, the examples of the smallest 2 classes, got 91"),
        (2, 0, "batch_size must be between 1 and 90, .* got 0"),
    ],
)
def test_refuses_batches_that_do_not_fit(classes_per_batch, batch_size, message):
    with pytest.raises(ValueError, match=message):
        class_batch_order(LABELS, batch_size, 4, seed=0, classes_per_batch=classes_per_batch)


@given(share=st.floats(0, 1), n_classes=st.integers(4, 9), seed=st.integers(0, 99))
def test_the_share_of_wrong_labels_is_exact(share, n_classes, seed):
    flipped = flip_labels(LABELS, share, n_classes, seed)
    assert (flipped != LABELS).sum() == round(share * 220)
    assert flipped.min() >= 0
    assert flipped.max() < n_classes
    assert np.array_equal(flipped, flip_labels(LABELS, share, n_classes, seed))


def test_a_larger_share_keeps_what_was_wrong():
    few, many = (flip_labels(LABELS, share, 4, seed=5) for share in (0.2, 0.5))
    wrong = few != LABELS
    assert np.array_equal(few[wrong], many[wrong])
    assert not np.array_equal(few, flip_labels(LABELS, 0.2, 4, seed=6))
    assert np.array_equal(LABELS, np.repeat([0, 1, 2, 3], [40, 50, 60, 70]))


def test_wrong_labels_are_spread_over_the_other_classes():
    flipped = flip_labels(np.zeros(30_000, int), 1.0, 4, seed=0)
    np.testing.assert_allclose(
        np.bincount(flipped, minlength=4) / 30_000, [0, *[1 / 3] * 3], atol=0.01
    )


@pytest.mark.parametrize(
    ("share", "n_classes", "message"),
    [
        (-0.1, 4, "share must be between 0 and 1, got -0.1"),
        (float("nan"), 4, "share must be between 0 and 1, got nan"),
        (0.5, 1, "n_classes must be at least 2, got 1"),
        (0.5, 3, "labels must lie between 0 and 2, got 0 to 3"),
    ],
)
def test_refuses_labels_that_do_not_fit(share, n_classes, message):
    with pytest.raises(ValueError, match=message):
        flip_labels(LABELS, share, n_classes, seed=0)


def spec(**fields):
    return Spec(**{"n_inputs": 2, "width": 50, "depth": 3, "n_classes": 2, "dropout": 0.3} | fields)


def test_masks_drop_their_share_and_keep_the_mean():
    masks = dropout_masks(spec(), 400, step=0, seed=0, dtype=np.float64)
    assert masks.shape == (3, 400, 50)
    assert np.unique(masks).tolist() == [0, 1 / 0.7]
    np.testing.assert_allclose((masks == 0).mean(), 0.3, atol=0.01)
    np.testing.assert_allclose(masks.mean((1, 2)), 1, atol=0.02)


def test_masks_of_any_step_can_be_drawn_alone_and_differ():
    first, again, later, other = (
        dropout_masks(spec(), 8, step=step, seed=seed)
        for step, seed in ((4, 0), (4, 0), (5, 0), (4, 1))
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, later)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])
    double = dropout_masks(spec(), 8, step=4, seed=0, dtype=np.float64)
    assert np.array_equal(first == 0, double == 0)


def test_the_number_of_masks():
    assert n_masks(spec()) == 3
    assert n_masks(spec(dropout_position="head")) == 1
    assert n_masks(spec(dropout=0.0)) == 0
    assert dropout_masks(spec(dropout=0.0), 8, step=0, seed=0).shape == (0, 8, 50)
