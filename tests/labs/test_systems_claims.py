"""What the lab on real systems says, over several seeds."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.folding import fold_into_preceding
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import PLACEMENTS, Spec
from bnviz.core.nn import BatchNorm2d, Conv2d
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs import placement as place
from bnviz.labs import systems
from bnviz.labs.arm import Arm, finish
from bnviz.labs.placement import placement, pure
from bnviz.labs.systems.block import block, passed
from bnviz.labs.systems.published import FAULTS, Images
from bnviz.labs.systems.repair import Batches, differences, values

SEEDS = range(3)


def found(view, **settings):
    """Measure what a view shows."""
    of = place if view in {own.name for own in place.LAB.views} else systems
    return of.LAB.run(view, of.Settings(**settings)).found


@pytest.mark.checks(
    "convolution and BN in evaluation, folded into one convolution",
    how="4 to 64 channels, float32, 3 seeds",
    tolerance="1e-4",
)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("channels", [4, 64])
def test_folding_changes_only_rounding(seed, channels):
    assert 0 <= found("cost", channels=channels, seed=seed).difference < 1e-4


@pytest.mark.parametrize("seed", SEEDS)
def test_in_float64_folding_is_exact_to_rounding(seed):
    rng = np.random.default_rng(seed)
    x_NCHW = rng.normal(size=(4, 3, 8, 8))
    conv = Conv2d(3, 6, 3, padding=1, rng=rng, dtype=np.float64)
    norm = BatchNorm2d(6, dtype=np.float64)
    norm(conv(x_NCHW))
    norm.eval()
    assert np.abs(fold_into_preceding(conv, norm)(x_NCHW) - norm(conv(x_NCHW))).max() < 1e-12


@pytest.fixture(scope="module", params=SEEDS)
def conv_bn_relu(request):
    return finish(Arm(block, (64, request.param)))


def test_conv_bn_relu_is_a_halved_normal(conv_bn_relu):
    assert conv_bn_relu.mean == pytest.approx(1 / np.sqrt(2 * np.pi), abs=0.01)
    assert conv_bn_relu.std == pytest.approx(np.sqrt(0.5 - 0.5 / np.pi), abs=0.01)


@pytest.mark.checks(
    "gradient of a convolution's bias before BN, as a share of that of its weights",
    how="8 images of 3 x 32 x 32, 64 channels, 3 seeds",
    tolerance="1e-5 in float32, 1e-13 in float64",
)
def test_the_bias_of_a_convolution_before_bn_gets_rounding_only(conv_bn_relu):
    single, double = conv_bn_relu.gradient
    assert single[0] > 100
    assert single[1] < 1e-5 * single[0]
    assert double[1] < 1e-13 * double[0]
    assert double[1] < single[1] / 1e6


@pytest.mark.parametrize("seed", SEEDS)
def test_any_bias_before_bn_gives_the_same_outputs(seed):
    y_NOHW, _ = passed(4, seed, "float64")
    moved, _ = passed(4, seed, "float64", shift=5.0)
    assert y_NOHW.shape == (8, 4, 32, 32)
    np.testing.assert_allclose(moved, y_NOHW, atol=1e-12)


@pytest.fixture(scope="module", params=[(1, 0), (3, 1), (50, 2)], ids=str)
def repaired(request):
    n_batches, seed = request.param
    return found("repair", n_batches=n_batches, seed=seed)


@pytest.mark.checks(
    "published class of BN with five repairs, against the layer",
    how="outputs, gradients and running statistics, rows and images, 1 to 50 batches",
    tolerance="1e-12",
)
def test_the_repaired_class_is_the_layer_in_everything(repaired):
    assert (repaired.rows[-1] < 1e-12).all()
    assert (repaired.images[-1] < 1e-12).all()
    assert repaired.last < 1e-12


def test_each_repair_mends_what_it_is_for(repaired):
    mean, var = repaired.rows[:, 4:].T
    assert (repaired.rows[:3, 0] > 0.05).all()
    assert (repaired.rows[3:, 0] < 1e-12).all()
    assert mean[0] > 0.05
    assert (mean[1:] < 1e-12).all()
    assert (var[:3] > 0.05).all()
    assert (var[3:] < 1e-12).all()


def test_there_are_no_gradients_and_no_images_before_their_repairs(repaired):
    assert np.isnan(repaired.rows[:4, 1:4]).all()
    assert np.isfinite(repaired.rows[4:]).all()
    assert np.isnan(repaired.images[:5]).all()
    assert np.isfinite(repaired.images[5]).all()


@pytest.mark.checks(
    "published class of BN with five repairs, against PyTorch",
    how="the same six quantities, 3 batches, float64, 3 seeds",
    tolerance="1e-12",
)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("shape", [(8, 5), (8, 5, 3, 4)], ids=str)
def test_the_repaired_class_is_that_of_pytorch(pytorch, seed, shape):
    batches = Batches.draw(3, shape, np.random.default_rng(seed))
    kind = pytorch.nn.BatchNorm1d if len(shape) == 2 else pytorch.nn.BatchNorm2d
    norm = kind(5, dtype=pytorch.float64)
    tensors = {part: pytorch.from_numpy(getattr(batches, part)) for part in vars(batches)}
    with pytorch.no_grad():
        norm.weight.copy_(tensors["gamma"])
        norm.bias.copy_(tensors["beta"])
    for x in tensors["x_TNC"]:
        norm.zero_grad()
        x.requires_grad_()
        trained = norm(x)
        grads = pytorch.autograd.grad(trained, (x, norm.weight, norm.bias), tensors["dy"])
    outputs = pytorch.stack([norm.eval()(tensors["new"]), trained])
    wanted = [t.detach().numpy() for t in (outputs, *grads, norm.running_mean, norm.running_var)]
    assert max(differences(values(Images, batches), wanted)) < 1e-12


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_batches", [1, 3])
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_changes_the_outputs(seed, n_batches, fault):
    assert found("repair", n_batches=n_batches, seed=seed).alone[FAULTS.index(fault)] > 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_of_the_faults_only_the_start_at_zero_wears_off(seed):
    few, many = (found("repair", n_batches=n, seed=seed).alone for n in (1, 50))
    assert many[1] < few[1] / 1000
    assert (many[[0, 2]] > 0.05).all()


@pytest.mark.checks(
    "linear discriminator with BN on batches of one kind",
    how="9 shifts of the mean, 4 repeats, 3 seeds",
    tolerance="pure within 0.03 of guessing, mixed within 0.03 of no BN",
)
@pytest.mark.parametrize("seed", SEEDS)
def test_pure_batches_hide_a_shift_of_the_mean_and_mixed_ones_do_not(seed):
    none, mixed, alike = found("pure", seed=seed).accuracy.mean(axis=-1)
    np.testing.assert_allclose(alike, 0.5, atol=0.03)
    np.testing.assert_allclose(mixed, none, atol=0.03)
    assert none[2] == pytest.approx(0.76, abs=0.03)
    assert (none[2:] > alike[2:] + 0.2).all()


def test_normalized_alone_two_shifted_batches_are_one():
    x_NF = np.random.default_rng(0).normal(size=(2, 16, 3))
    real, generated = np.split(pure.normalized(x_NF[0], x_NF[0] + 0.5, pure.ARMS[2]), 2)
    np.testing.assert_allclose(real, generated, atol=1e-12)


@pytest.fixture(scope="module", params=SEEDS)
def placed(request):
    return found("placement", seed=request.param)


def test_with_both_placements_networks_train(placed):
    assert (placed[:, :, 1:].mean(axis=-1) > 0.75).all()


def test_after_a_sigmoid_is_ahead_at_a_low_rate(placed):
    before, after = placed[0, :, 0]
    assert after.min() > before.max()
    assert after.mean() > before.mean() + 0.05


def test_with_relu_at_a_high_rate_no_placement_is_ahead(placed):
    before, after = placed[1, :, -1].mean(axis=-1)
    assert abs(before - after) < 0.04


@pytest.mark.parametrize(("a", "p", "rate", "start"), [(0, 0, 2, 0), (0, 1, 0, 2), (1, 1, 1, 1)])
def test_a_network_among_others_learns_what_it_learns_alone(a, p, rate, start):
    split, seed = data.load("digits"), 1
    spec = Spec(
        n_inputs=64, width=placement.WIDTH, depth=placement.DEPTH, n_classes=10,
        activation=placement.ACTIVATIONS[a], placement=PLACEMENTS[p], lr=placement.RATES[rate],
    )  # fmt: skip
    weights = mlp_weights(spec.sizes, spec.activation, 1.0, 100 * seed + start)
    n_steps = placement.N_STEPS
    order = batch_order(len(split.x_train), placement.BATCH_SIZE, n_steps, seed)
    alone = Trainer(spec, weights, split.x_train, split.y_train, order)
    alone.advance(n_steps)
    done = forward(spec, alone.parameters, split.x_test, running_stats=alone.running_stats)
    accuracy = (done.logits.argmax(-1) == split.y_test).mean()
    beside = found("placement", seed=seed)[a, p, rate]
    assert beside[start] == pytest.approx(accuracy, abs=0.006)  # two digits in float32
    assert (np.abs(np.delete(beside, start) - accuracy) > 0).any()
