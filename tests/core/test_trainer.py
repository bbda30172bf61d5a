"""The trainer replayed in PyTorch, and what it promises about divergence, state and batches."""

import itertools

import numpy as np
import pytest

from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import ACTIVATIONS, NORMS, OPTIMIZERS, Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.reference.network import TorchTwin, named, numbers
from tests.core.covering import KINDS, LR, name_of

SPEC = Spec(n_inputs=5, width=8, depth=3, n_classes=3)
EXACT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture
def replay(pytorch, examples):
    """Train a trainer and its twin in PyTorch; give the numbers of both, and PyTorch's losses."""
    assert pytorch

    def train(trainer, n_steps=5):
        twin = TorchTwin(trainer)
        losses = twin.train(*examples, trainer.order[:n_steps])
        trainer.advance(n_steps)
        return numbers(trainer), twin.numbers(), losses

    return train


def assert_same(ours, theirs, *_):
    assert set(ours) == set(theirs)
    for name, values in ours.items():
        np.testing.assert_allclose(values, theirs[name], **EXACT, err_msg=name)


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
@pytest.mark.checks(
    "training: weights after 5 steps, every pair of options",
    how="torch.nn and torch.optim, float64",
    tolerance=EXACT,
)
def test_equals_pytorch_after_five_steps(replay, make_trainer, kind):
    trainer = make_trainer(lr=LR[kind["optimizer"]], **kind)
    start = trainer.parameters.flat.copy()
    ours, theirs, _ = replay(trainer)
    assert_same(ours, theirs)
    assert trainer.n_done == 5
    assert np.abs(trainer.parameters.flat - start).max() > 1e-3
    assert len(ours) == n_arrays(trainer.spec)


def n_arrays(spec):
    """Count the arrays of a network of depth 3, by hand."""
    with_bias = 4 if spec.hidden_bias else 1
    rescaled = {"none": 0, "weight": 1, "spectral": 2}[spec.weight_norm]
    per_norm = {"none": 0, "rms": 1}.get(spec.norm, 4 if spec.over_batch else 2)
    return 4 + with_bias + 3 * (per_norm + rescaled)


@pytest.mark.parametrize(
    ("norm", "placement", "has_bias"),
    [
        ("none", "before", True),
        ("bn", "before", False),
        ("bn", "after", True),
        ("mean-only", "before", False),
        ("std-only", "before", True),
        ("renorm", "before", False),
        ("ghost", "before", False),
        ("ln", "before", True),
        ("gn", "before", True),
        ("rms", "before", True),
    ],
)
def test_only_a_mean_over_the_batch_makes_a_bias_useless(make_trainer, norm, placement, has_bias):
    trainer = make_trainer(norm=norm, placement=placement)
    assert [bias is not None for bias in trainer.parameters.biases] == [has_bias] * 3 + [True]


@pytest.mark.parametrize(
    "fields",
    [
        {"momentum": None},
        {"momentum": 1.0},
        {"momentum": 0.003, "optimizer": "adam"},
        {"eps": 1e-2},
        {"eps": 1e-1, "momentum": None, "placement": "after"},
        {"depth": 1, "n": 8},
        {"depth": 1, "norm": "none", "n": 8},
        {"width": 32, "n": 96},
    ],
    ids=str,
)
def test_equals_pytorch_elsewhere_in_the_ranges(replay, make_trainer, fields):
    assert_same(*replay(make_trainer(**fields)))


@pytest.mark.parametrize(("norm", "activation"), list(itertools.product(NORMS, ACTIVATIONS)))
def test_equals_pytorch_at_depth_20(replay, make_trainer, norm, activation):
    """A large eps, since 20 normalized ReLU layers multiply a rounding error by a million.

    For the same reason chunks are large, and renorm's limits narrow. With eps 0.1 and ghost, the
    last bit of the first weights alone moves the result by 1.7 times the tolerance; with 0.2, by
    0.0002 times. Which bits are rounded differs from processor to processor.
    """
    fields = {"norm": norm, "activation": activation, "ghost_size": 24}
    fields |= {"depth": 20, "lr": 1e-3, "eps": 0.2, "r_max": 1.01, "d_max": 0.1}
    assert_same(*replay(make_trainer(n=48, **fields)))


@pytest.mark.checks(
    "training: running statistics after many steps",
    how="torch.nn, float64",
    tolerance=EXACT,
)
def test_running_statistics_equal_pytorch_after_many_steps(replay, make_trainer):
    for momentum in (0.1, None):
        trainer = make_trainer(activation="tanh", momentum=momentum)
        assert_same(*replay(trainer, n_steps=50))
        # They are those of the data by now, no longer the 0 and 1 they started with.
        mean, var = trainer.running_stats
        assert np.abs(mean[0]).max() > 0.5
        assert np.abs(var - 1).max() > 0.5


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("norm", NORMS)
def test_float32_stays_close_to_float64(make_trainer, optimizer, norm):
    """Within 1e-6 of the largest weight after 5 steps: about 8 rounding errors of float32.

    Without kinks and with a large eps: at ReLU's kink, or in a group of four that are almost the
    same, a rounding error may decide about a whole gradient.
    """
    single, double = (
        make_trainer(
            optimizer=optimizer, norm=norm, n=32, lr=LR[optimizer], dtype=dtype,
            activation="tanh", eps=0.1,
        )
        for dtype in (np.float32, np.float64)
    )  # fmt: skip
    for trainer in (single, double):
        trainer.advance(5)
    assert single.parameters.flat.dtype == single.running_stats.dtype == np.float32
    largest = np.abs(double.parameters.flat).max()
    difference = np.abs(single.parameters.flat - double.parameters.flat).max()
    assert 0 < difference < 1e-6 * largest


def test_the_gradient_is_that_of_the_mean_loss(make_trainer, pytorch, examples):
    """Without weight decay, whatever the optimizer makes of it."""
    assert pytorch
    for optimizer, decay in (("sgd", 0.0), ("sgd", 0.1), ("adam", 0.1)):
        trainer = make_trainer(optimizer=optimizer, activation="tanh", lr=0.05, weight_decay=decay)
        twin, batch = TorchTwin(trainer), trainer.order[0]
        twin.look(examples[0][batch], examples[1][batch], training=True)
        trainer.advance(1)
        theirs = twin.gradients()
        for name, ours in named(trainer.spec, trainer.gradient).items():
            scaled = ours / trainer.gradient_scale
            np.testing.assert_allclose(scaled, theirs[name], **EXACT, err_msg=name)


@pytest.mark.parametrize(("lr", "step"), [(1e60, 4), (1e120, 2)])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_divergence_is_recorded_with_pytorchs_step(replay, make_trainer, optimizer, lr, step):
    trainer = make_trainer(norm="none", optimizer=optimizer, lr=lr)
    *_, losses = replay(trainer, n_steps=10)
    assert list(np.isfinite(losses)) == [True] * (step - 1) + [False] * (11 - step)
    assert trainer.diverged_at == step
    assert trainer.n_done == step - 1


def test_divergence_is_silent_and_leaves_the_other_network_alone(make_trainer, capfd):
    """Warnings are errors in these tests, so a warning would fail too."""
    wild = make_trainer(norm="none", lr=1e4, dtype=np.float32)
    calm, alone = (make_trainer(dtype=np.float32) for _ in range(2))
    for _ in range(50):
        wild.advance(1)
        calm.advance(1)
    alone.advance(50)
    assert wild.diverged_at is not None
    assert calm.diverged_at is None
    assert calm.parameters.flat.tobytes() == alone.parameters.flat.tobytes()
    assert capfd.readouterr() == ("", "")


def test_a_diverged_network_stays_as_it_was(make_trainer):
    trainer = make_trainer(norm="none", lr=1e60)
    trainer.advance(3)
    before = trainer.parameters.flat.tobytes()
    for _ in range(2):
        trainer.advance(10)
        assert (trainer.n_done, trainer.diverged_at) == (3, 4)
        assert trainer.parameters.flat.tobytes() == before


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("more", [{}, {"dropout": 0.3, "weight_norm": "spectral"}], ids=str)
def test_a_run_goes_on_elsewhere_bit_for_bit(make_trainer, optimizer, momentum, more):
    """The state is a copy: neither going on nor the other trainer may change it."""
    fields = {"optimizer": optimizer, "momentum": momentum, "lr": LR[optimizer]} | more
    first, second, third, whole = (make_trainer(dtype=np.float32, **fields) for _ in range(4))
    whole.advance(20)
    first.advance(7)
    state = first.state()
    first.advance(3)
    for trainer in (first, second, third):
        trainer.restore(state)
        trainer.advance(13)
        assert trainer.n_done == 20
        assert trainer.parameters.flat.tobytes() == whole.parameters.flat.tobytes()
        assert trainer.running_stats.tobytes() == whole.running_stats.tobytes()


def test_a_divergence_is_part_of_the_state(make_trainer):
    lost, fresh = (make_trainer(norm="none", lr=1e60) for _ in range(2))
    lost.advance(50)
    fresh.restore(lost.state())
    assert fresh.diverged_at == lost.diverged_at
    assert fresh.diverged_at is not None


def test_small_portions_give_the_same_bytes_as_one(make_trainer):
    bulk, steps = (make_trainer(optimizer="momentum", dtype=np.float32) for _ in range(2))
    bulk.advance(50)
    for portion in (1, 2, 3, 20, 24):
        steps.advance(portion)
    assert steps.parameters.flat.tobytes() == bulk.parameters.flat.tobytes()


def test_stops_at_the_end_of_the_order(make_trainer):
    trainer = make_trainer(n_steps=6)
    trainer.advance(1000)
    assert trainer.n_done == trainer.n_steps == 6


def test_the_initial_weights_are_copied(examples):
    weights = mlp_weights(SPEC.sizes, "relu", 1.0, seed=0)
    kept = [w.copy() for w in weights]
    trainer = Trainer(SPEC, weights, *examples, batch_order(96, 16, 5, seed=0), dtype=np.float64)
    trainer.advance(5)
    for now, then, moved in zip(weights, kept, trainer.parameters.weights, strict=True):
        assert np.array_equal(now, then)
        assert not np.array_equal(now, moved)


def test_ghost_with_one_chunk_and_renorm_without_room_are_batch_norm(make_trainer):
    bn, ghost, renorm = (
        make_trainer(norm=norm, ghost_size=16, r_max=1.0, d_max=0.0, activation="tanh")
        for norm in ("bn", "ghost", "renorm")
    )
    for trainer in (bn, ghost, renorm):
        trainer.advance(10)
    for other in (ghost, renorm):
        np.testing.assert_allclose(other.parameters.flat, bn.parameters.flat, **EXACT)
        np.testing.assert_allclose(other.running_stats, bn.running_stats, **EXACT)


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_a_peek_shows_the_next_step_and_changes_nothing(make_trainer, kind):
    peeped, alone = (make_trainer(**kind) for _ in range(2))
    for trainer in (peeped, alone):
        trainer.advance(3)
    peeped.peek()
    seen = peeped.gradient.flat.copy()
    for trainer in (peeped, alone):
        trainer.advance(1)
    assert np.array_equal(seen, alone.gradient.flat)
    for ours, expected in zip(numbers(peeped).values(), numbers(alone).values(), strict=True):
        assert np.array_equal(ours, expected)


def test_a_later_change_of_the_order_does_not_change_the_run():
    order = batch_order(64, 8, 4, seed=0)
    spec = Spec(n_inputs=2, width=8, depth=1, n_classes=2)
    weights = mlp_weights(spec.sizes, "relu", 1.0, seed=0)
    trainer = Trainer(spec, weights, np.zeros((64, 2)), np.arange(64) % 2, order)
    kept = order.copy()
    order[:] = 63
    np.testing.assert_array_equal(trainer.order, kept)
