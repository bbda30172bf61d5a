"""The networks that are looked at: three, each trained for a hundred steps on the digits.

They have the same initial weights and read the same batches. One has batch normalization, one has
layer normalization in its place, one has neither.

Shape legend: N images, D pixels, C width, S steps.
"""

from dataclasses import dataclass
from functools import lru_cache

from bnviz.core import data, nn
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.noise.settings import WIDTH

BN, PLAIN = "bn", "none"
DEPTH = 2
"""Hidden layers."""
N_STEPS, BATCH_SIZE, LR = 100, 32, 0.1
KEPT = 8
"""Seeds whose networks are remembered."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A network of the core after its training.

    Attributes
    ----------
    spec : Spec
    parameters : Parameters
    running_stats : array, shape (2, L, C)
        Empty of meaning without batch normalization.
    """

    spec: Spec
    parameters: Parameters
    running_stats: Array


def digits() -> data.Split:
    """Give the images: 1437 to train on, which are the population of this lab."""
    return data.load("digits")


@lru_cache(maxsize=2 * KEPT)
def trained(norm: str, seed: int) -> Trained:
    """Train a network with batch normalization, or without.

    Parameters
    ----------
    norm : {"bn", "none"}
    seed : int
        Draws the initial weights and the order of the images.

    Examples
    --------
    >>> trained("bn", 0).parameters.weights[0].shape
    (64, 64)
    """
    split, spec = digits(), _spec(norm)
    order_SN = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)
    trainer = Trainer(spec, _start(spec, seed), split.x_train, split.y_train, order_SN)
    trainer.advance(N_STEPS)
    return Trained(spec, trainer.parameters, trainer.running_stats)


@lru_cache(maxsize=KEPT)
def layer_normed(seed: int) -> nn.Sequential:
    """Train the same network with layer normalization, from the same weights on the same batches.

    Examples
    --------
    >>> len(layer_normed(0).layers)
    7
    """
    split, spec = digits(), _spec(BN)
    layers: list[nn.Module] = []
    for weight_DC in _start(spec, seed):
        last = len(layers) == 3 * DEPTH
        n_inputs, n_outputs = weight_DC.shape
        linear = nn.Linear(n_inputs, n_outputs, bias=last, rng=0)
        linear.weight[...] = weight_DC.T
        layers += [linear] if last else [linear, nn.LayerNorm(WIDTH), nn.ReLU()]
        if linear.bias is not None:
            linear.bias[...] = 0
    network = nn.Sequential(*layers)
    parameters = network.parameters()
    for batch_N in batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed):
        _, dlogits_NK = cross_entropy(network(split.x_train[batch_N]), split.y_train[batch_N])
        network.backward(dlogits_NK)
        for name, parameter in parameters.items():
            parameter -= LR * network.grads[name]
    return network


@lru_cache(maxsize=KEPT)
def population(seed: int) -> Array:
    """Give what the first batch normalization normalizes, for all images, shape (N, C), float64.

    Notes
    -----
    These values depend on the weights alone and not on the batch, for nothing is normalized below
    them. So all images together are a population, and a batch is a sample of it.

    Examples
    --------
    >>> population(0).shape
    (1437, 64)
    """
    network = trained(BN, seed)
    done = forward(network.spec, network.parameters, digits().x_train)
    values_NC: Array = done.linear[0].astype(float)
    values_NC.setflags(write=False)
    return values_NC


def _spec(norm: str) -> Spec:
    split = digits()
    return Spec(
        n_inputs=split.x_train.shape[1],
        width=WIDTH,
        depth=DEPTH,
        n_classes=split.n_classes,
        norm=norm,
        lr=LR,
    )


def _start(spec: Spec, seed: int) -> list[Array]:
    return list(mlp_weights(spec.sizes, spec.activation, seed=seed))
