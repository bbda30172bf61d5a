"""Faults of a layer and of what stands around it: epsilon, bias, dropout, digits, γ and β.

Shape legend: N samples, C channels, M images.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.functional import batch_norm
from bnviz.core.network.passes import forward
from bnviz.core.nn import BatchNorm1d, Linear
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.doctor.case import BEFORE, BROKEN, REPAIRED, Case, Cases, demonstration
from bnviz.labs.doctor.settings import Settings
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.training import LR, N_STEPS, Network, Training, kept, score

N, C = 4096, 8
SMALL = 1e-3
"""Standard deviation of features that are small beside the root of epsilon."""
DROP = 0.5
LARGE_MEAN, LARGE_STD = 1e4, 300.0
"""A mean that hides a deviation of 1 from float32, and a deviation whose square float16 lacks."""
EPS = 1e-5
DECAY = 0.05
"""Of weights, γ and β, in each step times the learning rate."""
DEAD_BETA = -4.0
"""Where β of every second unit starts: hardly a normalized value is above 4."""


@demonstration
def epsilon_dominates(settings: Settings) -> Cases:
    """Normalize features of a small variance; then with a smaller epsilon, or enlarged."""
    x = np.random.default_rng(settings.seed).normal(size=(N, C))
    small = SMALL * x
    for name, kind, values, eps in (
        ("deviation 1, ε = 1e-5", BEFORE, x, 1e-5),
        (f"deviation {SMALL}, ε = 1e-5", BROKEN, small, 1e-5),
        (f"deviation {SMALL}, ε = 1e-10", REPAIRED, small, 1e-10),
        ("input times 1000, ε = 1e-5", REPAIRED, 1000 * small, 1e-5),
    ):
        yield Case(name, kind, (float(batch_norm(values, eps=eps)[0].std(0).mean()),))


@demonstration
def useless_bias(settings: Settings) -> Cases:
    """Add 1 to the bias before BN, and to β: what moves in train mode, and in eval mode."""
    rng = np.random.default_rng(settings.seed)
    x, weight = rng.normal(size=(32, C)), rng.normal(size=(C, C))
    for name, kind in (("bias before BN + 1", BROKEN), ("no such bias, β + 1", REPAIRED)):
        linear = Linear(C, C, bias=kind == BROKEN, rng=0, dtype=np.float64)
        linear.weight[...] = weight
        norm = BatchNorm1d(C, momentum=None, dtype=np.float64)
        trained, tested = norm(linear(x)), norm.eval()(linear(x))
        if kind == BROKEN:
            linear.bias = np.asarray(linear.bias) + 1.0
        else:
            norm.bias = np.asarray(norm.bias) + 1.0
        in_eval = norm(linear(x)) - tested
        in_train = norm.train()(linear(x)) - trained
        yield Case(name, kind, (float(np.abs(in_train).max()), float(np.abs(in_eval).max())))


@demonstration
def dropout_before_norm(settings: Settings) -> Cases:
    """Train BN behind dropout and test it without; then measure anew with dropout off."""
    rng = np.random.default_rng(settings.seed)
    x = np.maximum(rng.normal(size=(N, C)), 0.0)
    dropped = x * (rng.random(x.shape) >= DROP) / (1 - DROP)
    for name, kind, seen in (
        ("no dropout before BN", BEFORE, x),
        (f"dropout {DROP} before BN", BROKEN, dropped),
        ("then measured without it", REPAIRED, x),
    ):
        norm = BatchNorm1d(C, momentum=1.0, dtype=np.float64)
        norm(dropped if kind == REPAIRED else seen)
        norm(seen)
        ratio = float((x.var(0) / norm.running_var).mean())
        yield Case(name, kind, (ratio, float(norm.eval()(x).std(0).mean())))


def one_pass_deviation(x: Array) -> float:
    """Return the deviation as the root of E[x²] − E[x]², in the precision of the values."""
    mean, square = x.mean(dtype=x.dtype), (x * x).mean(dtype=x.dtype)
    return float(np.sqrt(max(float(square - mean * mean), 0.0)))


def two_pass_deviation(x: Array) -> float:
    """Return the deviation as the root of E[(x − E[x])²], in the precision of the values."""
    off = x - x.mean(dtype=x.dtype)
    return float(np.sqrt(float((off * off).mean(dtype=x.dtype))))


@demonstration
def low_precision(settings: Settings) -> Cases:
    """Normalize values beside a large mean, and large ones, in few digits and in enough."""
    x = np.random.default_rng(settings.seed).normal(size=N)
    near, far = x.astype(np.float32), (x + LARGE_MEAN).astype(np.float32)
    wide = (LARGE_STD * x).astype(np.float16)
    with np.errstate(over="ignore"):
        for name, kind, found, true in (
            ("float32, mean 0, one pass", BEFORE, one_pass_deviation(near), 1.0),
            (f"float32, mean {LARGE_MEAN:,.0f}, one pass", BROKEN, one_pass_deviation(far), 1.0),
            ("the same in two passes", REPAIRED, two_pass_deviation(far), 1.0),
            (f"float16, deviation {LARGE_STD:.0f}", BROKEN, two_pass_deviation(wide), LARGE_STD),
            (
                "the same in float32",
                REPAIRED,
                two_pass_deviation(wide.astype(near.dtype)),
                LARGE_STD,
            ),
        ):
            yield Case(name, kind, (true * float(x.std()) / float(np.sqrt(found**2 + EPS)),))


def trained_with(batch_size: int, seed: int, change: str) -> Pieces:
    """Train with one thing changed: "decay", "decay all" or "dead"; a `Network`."""
    training = Training(batch_size, seed)
    parameters = training.trainer.parameters
    if change == "dead":
        parameters.beta[..., ::2] = DEAD_BETA
    while training.n_done < N_STEPS and training.trainer.diverged_at is None:
        training.step()
        if change.startswith("decay"):
            for weight in parameters.weights:
                weight *= 1 - LR * DECAY
        if change == "decay all":
            parameters.gamma *= 1 - LR * DECAY
            parameters.beta *= 1 - LR * DECAY
        if training.n_done % 30 == 0:
            yield None
    return training.network


def _scored(name: str, kind: str, network: Network, more: float) -> Case:
    return Case(name, kind, (more, *score(network, kept(network, PYTORCH))))


@demonstration
def decayed_affine(settings: Settings) -> Cases:
    """Decay the weights alone, and γ and β with them."""
    n, seed = settings.batch_size, settings.seed
    for name, kind, change in (
        ("no decay", BEFORE, ""),
        ("decay of all parameters", BROKEN, "decay all"),
        ("decay of the weights alone", REPAIRED, "decay"),
    ):
        network = yield from ask(trained_with, n, seed, change)
        yield _scored(name, kind, network, float(np.abs(network.parameters.gamma).mean()))


@demonstration
def dead_channels(settings: Settings) -> Cases:
    """Start with β so low that nothing passes the ReLU behind."""
    n, seed = settings.batch_size, settings.seed
    for name, kind, change in (
        ("half of β start at −4", BROKEN, "dead"),
        ("all β start at 0", REPAIRED, ""),
    ):
        network = yield from ask(trained_with, n, seed, change)
        yield _scored(name, kind, network, n_dead(network))


def n_dead(network: Network) -> int:
    """Return how many units are 0 for all of 512 training images in eval mode."""
    x_MD = data.load("digits").x_train[:512].astype(np.float64)
    running = kept(network, PYTORCH)
    done = forward(network.spec, network.parameters, x_MD, running_stats=running)
    return int(sum((a == 0).all(0).sum() for a in done.activated))
