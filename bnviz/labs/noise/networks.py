"""The three networks of the lab, each trained for a hundred steps on the digits.

They have the same initial weights and are trained on the same batches. One has batch normalization,
one has layer normalization in its place, one has neither.

Shape legend: N images, D pixels, C width, S steps.
"""

from bnviz.core import data, nn
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.labs import digits
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.noise.settings import WIDTH

BN, PLAIN = "bn", "none"
DEPTH = 2
"""Hidden layers."""
N_STEPS, BATCH_SIZE, LR = 100, 32, 0.1
CHUNK_STEPS = 25
"""Steps between two pauses."""


def trained(norm: str, seed: int) -> Pieces:
    """Train a network with batch normalization, or without; gives a `digits.Network`."""
    trainer = digits.trainer(spec(norm), batch_size=BATCH_SIZE, n_steps=N_STEPS, seed=seed)
    for _ in range(0, N_STEPS, CHUNK_STEPS):
        trainer.advance(CHUNK_STEPS)
        yield None
    return digits.network_of(trainer)


def layer_normed(seed: int) -> Pieces:
    """Train the same network with layer norm, as an ``nn.Sequential``, on the same batches."""
    split, network = data.load("digits"), _with_layer_norm(seed)
    parameters = network.parameters()
    for step, batch_N in enumerate(batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)):
        _, dlogits_NK = cross_entropy(network(split.x_train[batch_N]), split.y_train[batch_N])
        network.backward(dlogits_NK)
        for name, parameter in parameters.items():
            parameter -= LR * network.grads[name]
        if step % CHUNK_STEPS == 0:
            yield None
    return network


def _with_layer_norm(seed: int) -> nn.Sequential:
    """Return the network with layer normalization before its training."""
    of = spec(BN)
    layers: list[nn.Module] = []
    for weight_DC in mlp_weights(of.sizes, of.activation, seed=seed):
        last = len(layers) == 3 * DEPTH
        n_inputs, n_outputs = weight_DC.shape
        linear = nn.Linear(n_inputs, n_outputs, bias=last, rng=0)
        linear.weight[...] = weight_DC.T
        layers += [linear] if last else [linear, nn.LayerNorm(WIDTH), nn.ReLU()]
        if linear.bias is not None:
            linear.bias[...] = 0
    return nn.Sequential(*layers)


def population(seed: int) -> Pieces:
    """Return what the first batch normalization normalizes, for all images, shape (N, C), float64.

    These values depend on the weights alone and not on the batch, since nothing is normalized below
    them. So all images together are a population, and a batch is a sample of it.
    """
    network = yield from ask(trained, BN, seed)
    done = forward(network.spec, network.parameters, data.load("digits").x_train)
    values_NC: Array = done.linear[0].astype(float)
    values_NC.setflags(write=False)
    return values_NC


def spec(norm: str) -> Spec:
    """Return the description of the network with batch normalization, or without."""
    return digits.spec(width=WIDTH, depth=DEPTH, norm=norm, lr=LR)
