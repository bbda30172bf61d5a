"""Many networks at once equal the same networks one after the other."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import NORMS, OPTIMIZERS, Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas, by_replica, chunk_size
from bnviz.core.train.trainer import Trainer
from tests.core.covering import KINDS, name_of

R, N, S = 4, 32, 12
EXACT = {"rtol": 1e-10, "atol": 1e-10}
LR = {
    "sgd": [0.03, 0.01, 0.05, 0.02],
    "momentum": [0.05, 0.01, 0.1, 0.03],
    "adam": [0.01, 0.003, 0.02, 0.01],
}
OWN = {
    "momentum": [0.1, None, 1.0, 0.003],
    "eps": [1e-5, 1e-2, 1e-3, 1e-1],
    "weight_decay": [0.0, 0.1, 0.01, 0.05],
    "dropout_seed": [3, 0, 3, 7],
}
LARGE_EPS = {"eps": [0.1, 0.3, 0.2, 1.0]}


def describe(**fields):
    return Spec(**{"n_inputs": 5, "width": 8, "depth": 3, "n_classes": 3, "n_groups": 2} | fields)


def own(spec):
    """Give values that differ for each replica.

    A mean that is left in and divided by a small deviation makes a network unsteady, and so does
    renorm as long as its running statistics are wrong: a larger eps helps.
    """
    unsteady = spec.norm in ("std-only", "renorm")
    return {"lr": LR[spec.optimizer], **OWN, **(LARGE_EPS if unsteady else {})}


def start(spec):
    """Give the initial weights of each replica: seeds and init scales of its own."""
    return [
        mlp_weights(spec.sizes, spec.activation, scale, seed)
        for seed, scale in enumerate((1.0, 0.5, 2.0, 1.0))
    ]


def together(spec, examples, order, **options):
    weights = [np.stack(layer) for layer in zip(*start(spec), strict=True)]
    return Replicas(spec, weights, *examples, order, **options)


def one_by_one(spec, examples, order, *, dtype=np.float32, **own):
    """Train the same networks alone; the values in ``own`` are lists, one for each replica."""
    orders = order if order.ndim == 3 else [order] * R
    return [
        Trainer(
            replace(spec, **{name: values[r] for name, values in own.items()}),
            weights,
            *examples,
            orders[r],
            dtype=dtype,
        )
        for r, weights in enumerate(start(spec))
    ]


def orders_of_each():
    return np.stack([batch_order(96, N, S, seed) for seed in range(R)])


def numbers(replicas, r):
    """Give all parameters and running statistics of one replica."""
    p = replicas.parameters
    biases = [bias[r] for bias in p.biases if bias is not None]
    stats = replicas.running_stats.reshape(2, replicas.spec.depth, R, -1)[:, :, r]
    singular = [vector[r] for pair in p.singular for vector in pair]
    affine = [part[:, r] for part in (p.gamma, p.beta, p.lengths)]
    return [*(w[r] for w in p.weights), *biases, *affine, *singular, stats]


def numbers_alone(trainer):
    p = trainer.parameters
    biases = [bias for bias in p.biases if bias is not None]
    singular = [vector for pair in p.singular for vector in pair]
    return [*p.weights, *biases, p.gamma, p.beta, p.lengths, *singular, trainer.running_stats]


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
@pytest.mark.checks(
    "many networks at once equal one network at a time",
    how="the trainer, float64",
    tolerance=EXACT,
)
def test_equal_single_trainers_in_float64(examples, kind):
    """Learning rate, decay, init scale, seed, batches, momentum and eps differ for each replica."""
    spec = describe(**kind)
    options = {"dtype": np.float64, **own(spec)}
    replicas = together(spec, examples, orders_of_each(), **options)
    singles = one_by_one(spec, examples, orders_of_each(), **options)
    replicas.advance(5)
    for r, single in enumerate(singles):
        single.advance(5)
        for ours, alone in zip(numbers(replicas, r), numbers_alone(single), strict=True):
            np.testing.assert_allclose(ours, alone, **EXACT)
    assert replicas.n_done == 5
    assert not replicas.diverged_at_R.any()


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
@pytest.mark.parametrize("one_order", [True, False])
def test_equal_single_trainers_in_float32(examples, kind, one_order):
    """To 1e-6 of the largest number of the network, after three steps at batch 32.

    With Adam 1e-5: it moves a parameter whose gradient is next to nothing as far as the others.
    With spectral normalization too: its power iteration hands rounding on, and how large that is
    depends on the processor.
    No ReLU: at its kink a rounding error may decide about a whole gradient. A large eps where
    weights are rescaled: a norm takes their length out again, and then its gradient is rounding.
    """
    spec = describe(**kind | {"activation": "tanh"})
    order = orders_of_each()[0] if one_order else orders_of_each()
    options = own(spec) | (LARGE_EPS if spec.weight_norm != "none" else {})
    replicas = together(spec, examples, order, **options)
    singles = one_by_one(spec, examples, order, **options)
    replicas.advance(3)
    for r, single in enumerate(singles):
        single.advance(3)
        largest = max(np.abs(alone).max(initial=0) for alone in numbers_alone(single))
        for ours, alone in zip(numbers(replicas, r), numbers_alone(single), strict=True):
            assert ours.dtype == np.float32
            loose = spec.optimizer == "adam" or spec.weight_norm == "spectral"
            atol = largest * (1e-5 if loose else 1e-6)
            np.testing.assert_allclose(ours, alone, rtol=0, atol=atol)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("depth", [1, 2])
def test_one_order_for_all_and_shared_values(examples, norm, depth):
    """The spec's own values hold where no list is given."""
    spec = describe(norm=norm, depth=depth, lr=0.07, momentum=None, eps=1e-3)
    order = batch_order(96, N, S, seed=9)
    replicas = together(spec, examples, order, dtype=np.float64)
    replicas.advance(S)
    for r, single in enumerate(one_by_one(spec, examples, order, dtype=np.float64)):
        single.advance(S)
        for ours, alone in zip(numbers(replicas, r), numbers_alone(single), strict=True):
            np.testing.assert_allclose(ours, alone, **EXACT)


def test_activations_and_batch_statistics_stand_side_by_side(examples):
    spec, order = describe(activation="tanh"), batch_order(96, N, S, seed=9)
    replicas = together(spec, examples, order, dtype=np.float64)
    replicas.advance(2)
    for r, single in enumerate(one_by_one(spec, examples, order, dtype=np.float64)):
        single.advance(2)
        for site in ("linear", "normalized", "activated"):
            ours = by_replica(getattr(replicas, site), R)[:, r]
            np.testing.assert_allclose(ours, getattr(single, site), **EXACT)
        stats = replicas.batch_stats.reshape(2, 3, R, 8)[:, :, r]
        np.testing.assert_allclose(stats, single.batch_stats, **EXACT)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_a_diverged_replica_is_recorded_and_harms_no_other(examples, optimizer, capfd):
    """Exactly: the others have the same bytes as if nothing had happened."""
    spec = describe(norm="none", optimizer=optimizer)
    lr = [0.01, 1e120, 1e60, 0.02]
    order = orders_of_each()
    replicas = together(spec, examples, order, lr=lr, dtype=np.float64)
    calm = together(spec, examples, order, lr=[0.01, 0.01, 0.01, 0.02], dtype=np.float64)
    singles = one_by_one(spec, examples, order, lr=lr, dtype=np.float64)
    for trainer in (replicas, calm, *singles):
        trainer.advance(S)
    steps = [single.diverged_at or 0 for single in singles]
    assert steps[0] == steps[3] == 0
    assert 0 < steps[1] < steps[2] < S
    assert list(replicas.diverged_at_R) == steps
    assert replicas.n_done == S
    for r in (0, 3):
        for ours, expected in zip(numbers(replicas, r), numbers(calm, r), strict=True):
            assert ours.tobytes() == expected.tobytes()
    assert np.isnan(replicas.parameters.weights[-1][1]).all()
    assert capfd.readouterr() == ("", "")


def test_stops_when_all_have_diverged(examples):
    spec = describe(norm="none", lr=1e120)
    replicas = together(spec, examples, orders_of_each(), dtype=np.float64)
    for _ in range(2):
        replicas.advance(S)
        assert replicas.n_done == replicas.diverged_at_R.max() - 1 < S - 1
        assert replicas.diverged_at_R.min() > 0


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_elsewhere_bit_for_bit(examples, optimizer):
    spec, order = describe(optimizer=optimizer), orders_of_each()
    options = own(spec)
    first, second, whole = (together(spec, examples, order, **options) for _ in range(3))
    whole.advance(S)
    first.advance(5)
    state = first.state()
    first.advance(2)
    for replicas in (first, second):
        replicas.restore(state)
        replicas.advance(S - 5)
        assert replicas.parameters.flat.tobytes() == whole.parameters.flat.tobytes()
        assert replicas.running_stats.tobytes() == whole.running_stats.tobytes()


def test_divergences_are_part_of_the_state(examples):
    spec, order = describe(norm="none"), orders_of_each()
    lr = [0.01, 1e120, 1e60, 0.02]
    first, second = (together(spec, examples, order, lr=lr, dtype=np.float64) for _ in range(2))
    first.advance(S)
    state = first.state()
    second.restore(state)
    assert np.array_equal(second.diverged_at_R, first.diverged_at_R)
    first.diverged_at_R[:] = 99
    assert not np.array_equal(second.diverged_at_R, first.diverged_at_R)
    assert not np.array_equal(state["diverged_at_R"], first.diverged_at_R)


def test_one_replica_is_enough(examples):
    spec, order = describe(), batch_order(96, N, S, seed=0)
    weights = start(spec)[0]
    replicas = Replicas(spec, [w[None] for w in weights], *examples, order, dtype=np.float64)
    single = Trainer(spec, weights, *examples, order, dtype=np.float64)
    for trainer in (replicas, single):
        trainer.advance(S)
    np.testing.assert_allclose(replicas.parameters.flat, single.parameters.flat, **EXACT)


def test_chunk_size_keeps_one_array_in_the_cache():
    for batch_size, width in itertools.product((2, 10, 32, 256), (8, 16, 64, 256)):
        r = chunk_size(batch_size, width)
        assert 1 <= r <= 128
        assert r == 1 or 4 * batch_size * width * r <= 100_000
        # One more would be too many, unless 128 are enough already.
        assert r == 128 or 4 * batch_size * width * (r + 1) > 100_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": [0.1] * 3}, "lr must hold 4 values, got 3"),
        ({"momentum": [None] * 5}, "momentum must hold 4 values, got 5"),
        ({"dropout": [0.1] * 4}, "only .*'lr'.* may differ among the replicas, got dropout"),
        ({"eps": []}, "eps must hold 4 values, got 0"),
        ({"weight_decay": [0.1]}, "weight_decay must hold 4 values, got 1"),
        ({"weight_decay": [0.1, -1, 0, 0]}, "weight_decay must be a finite number of at least 0"),
        ({"lr": [0.1, 0.1, 0.1, -0.1]}, "lr must be a positive number, got -0.1"),
        ({"momentum": [0.1, None, 0.1, 2.0]}, "momentum must be None or between 0 and 1, got 2.0"),
        ({"eps": [0.0, 0.1, 0.1, 0.1]}, "eps must be a positive number, got 0.0"),
        ({"order": np.zeros((3, S, N), int)}, r"\(S, N\) or \(4, S, N\), got \(3, 12, 32\)"),
        ({"order": np.zeros((4, 4, S, N), int)}, r"\(S, N\) or \(4, S, N\), got \(4, 4, 12, 32\)"),
        ({"order": np.full((S, N), 96)}, "entries from 0 to 95, got .* from 0 to 96"),
        ({"order": np.zeros((S, 1), int)}, "Expected more than 1 value per channel"),
        ({"labels": np.full(96, 7)}, "labels must lie between 0 and 2, got 7 to 7"),
        ({"x": np.ones((96, 2))}, r"x must have the shape \(M, 5\), got \(96, 2\)"),
    ],
    ids=str,
)
def test_refuses(examples, options, message):
    given = {"x": examples[0], "labels": examples[1], "order": batch_order(96, N, S, 0)} | options
    x, labels, order = (given.pop(name) for name in ("x", "labels", "order"))
    with pytest.raises(ValueError, match=message):
        together(describe(), (x, labels), order, **given)


def test_refuses_weights_of_another_shape(examples):
    spec = describe()
    weights = [np.stack(layer) for layer in zip(*start(spec), strict=True)]
    weights[1] = weights[1][:3]
    with pytest.raises(ValueError, match=r"weights must have the shapes .*\(4, 8, 8\).* got"):
        Replicas(spec, weights, *examples, batch_order(96, N, S, 0))
