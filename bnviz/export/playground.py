"""The playground's run as a PyTorch script of its own."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.network.passes import forward, loss_and_accuracy
from bnviz.core.train.trainer import Trainer
from bnviz.export import examples
from bnviz.labs.playground import Settings
from bnviz.labs.playground.networks import order_of, spec_of, start_weights
from bnviz.labs.playground.trace import WITH, WITHOUT

N_COMPARED = 50
"""Steps whose loss is compared with the app's."""
SINGLE, DOUBLE = 1e-5, 1e-2
"""How far the app's float32 and float64 may be apart in a loss that is compared in either.

Beyond that, rounding decides. It is 5e8 times finer in float64: where the two losses differ by
1e-2, the one in float64 should be off by about 2e-11.
"""
ACTIVATIONS = {"relu": "nn.ReLU()", "tanh": "nn.Tanh()", "sigmoid": "nn.Sigmoid()"}
OPTIMIZERS = {
    "sgd": "torch.optim.SGD(network.parameters(), lr=LR)",
    "momentum": "torch.optim.SGD(network.parameters(), lr=LR, momentum=0.9)",
    "adam": "torch.optim.Adam(network.parameters(), lr=LR)",
}
BLOCKS = {
    "before": """\
            layers += [nn.Linear(n_in, n_out, bias=False)]  # beta of BN takes its place
            layers += [nn.BatchNorm1d(n_out, eps=EPS, momentum=MOMENTUM), {activation}]""",
    "after": """\
            layers += [nn.Linear(n_in, n_out), {activation}]
            layers += [nn.BatchNorm1d(n_out, eps=EPS, momentum=MOMENTUM)]""",
}

ABOVE = '''\
"""The same small network twice, with batch normalization (BN) and without it.

{made}
It needs PyTorch and NumPy only. Run it in float32, or with the word float64 behind its name. It
trains both networks, and asserts that their first losses, {n_compared} at most, are the app's.
"""

# %% What was set
{imports}

DTYPE = torch.float64 if "float64" in sys.argv else torch.float32
BATCH_SIZE, N_STEPS, LR, SEED = {batch_size}, {n_steps}, {lr}, {seed}
DEPTH, WIDTH, INIT_SCALE = {depth}, {width}, {init_scale}
MOMENTUM, EPS = {momentum}, {eps}  # BN: weight of the newest batch; what is added to the variance
SIZES = [{n_inputs}, *[WIDTH] * DEPTH, {n_classes}]

# %% The start, which both networks share
def start():
    """Draw the weights of all layers: {scheme}."""
    rng, weights = np.random.default_rng(SEED), []
    for layer, (n_in, n_out) in enumerate(zip(SIZES, SIZES[1:])):
        variance = {drawn}
        weights.append(INIT_SCALE * rng.normal(0, np.sqrt(variance), (n_in, n_out)))
    return [w.astype(np.float32) for w in weights]


# %% The batches, which both networks share
def batches():
    """Give the examples of each step: an epoch is a shuffle, without a last smaller batch."""
    rng, n_done = np.random.default_rng([SEED, 1]), 0
    while True:
        order = rng.permutation(N_TRAIN)
        for first in range(0, N_TRAIN - BATCH_SIZE + 1, BATCH_SIZE):
            if n_done == N_STEPS:
                return
            yield order[first : first + BATCH_SIZE]
            n_done += 1


# %% The networks
def build(with_bn):
    """Return a network whose weights are those of the start, and whose biases are 0."""
    layers = []
    for n_in, n_out in zip(SIZES[:-2], SIZES[1:-1]):
        if with_bn:
{block}
        else:
            layers += [nn.Linear(n_in, n_out), {activating}]
    network = nn.Sequential(*layers, nn.Linear(*SIZES[-2:])).to(DTYPE)
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for layer, w in zip(linear, start()):
            layer.weight.copy_(torch.tensor(w.T))  # PyTorch keeps (n_out, n_in)
            if layer.bias is not None:
                layer.bias.zero_()
    return network


# %% Training
def train(network):
    """Train, and return the loss of the batch of each step, before that step."""
    optimizer = {optimizing}
    losses = []
    network.train()
    for batch in batches():
        loss = nn.functional.cross_entropy(network(x_train[batch]), y_train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def test(network):
    """Return loss and accuracy on the held-out part; in eval mode BN uses running statistics."""
    network.eval()
    logits = network(x_test)
    loss = nn.functional.cross_entropy(logits, y_test).item()
    return loss, (logits.argmax(1) == y_test).double().mean().item()


# %% The data
'''

BELOW = """
# %% The first losses of the app, in float32 and in float64
APP = {{
{app}
}}

# %% Both runs, and the comparison
TOLERANCE = {{torch.float32: 1e-4, torch.float64: 1e-9}}[DTYPE]
for name, with_bn in (("with BN", True), ("without BN", False)):
    network = build(with_bn)
    losses = train(network)
    expected = APP[name][DTYPE == torch.float64]
    found = losses[: len(expected)]
    for step in sorted({{0, 1, 2, 5, 10, 20, len(expected) - 1}}):
        if step < len(expected):
            here, there = found[step], expected[step]
            print(f"{{name}}, step {{step}}: loss {{here:.7g}}, in the app {{there:.7g}}")
    np.testing.assert_allclose(found, expected, rtol=TOLERANCE, err_msg=name)
    loss, accuracy = test(network)
    print(f"{{name}}: its first {{len(found)}} losses are the app's, to {{TOLERANCE:g}} of each")
    print(f"{{name}}, held-out part, step {{N_STEPS}}: loss {{loss:.4g}}, right {{accuracy:.1%}}")
"""


def script(settings: Settings, made: str = "") -> str:
    """Return Python code that trains both networks of a run in PyTorch and compares their losses.

    Parameters
    ----------
    settings : Settings
    made : str
        A sentence for its top: who made it, and from which link.

    Notes
    -----
    The data, the start and the order of the batches are in the code's own lines. The numbers that
    it compares with are computed here, by the app's trainer. They end before a step whose loss is
    not finite, and where rounding begins to decide; see ``SINGLE``.
    """
    s, split = settings, data.load(settings.dataset)
    imports = ["import sys", "", "import numpy as np", "import torch", "from torch import nn"]
    if s.dataset == "digits":
        imports = ["import base64", "import sys", "import zlib", *imports[1:]]
    xavier = "2 / (n_in + n_out)"
    relu = s.activation == "relu"
    values = {name: repr(getattr(s, name)) for name in s.__dataclass_fields__}
    activation = ACTIVATIONS[s.activation]
    above = ABOVE.format(
        **values,
        made=f"{made}\n" if made else "",
        n_compared=N_COMPARED,
        imports="\n".join(imports),
        n_inputs=split.x_train.shape[1],
        n_classes=split.n_classes,
        scheme="He's for ReLU, Xavier's for the last layer" if relu else "Xavier's, normal",
        drawn=f"2 / n_in if layer < DEPTH else {xavier}" if relu else xavier,
        block=BLOCKS[s.placement].format(activation=activation),
        activating=activation,
        optimizing=OPTIMIZERS[s.optimizer],
    )
    return above + examples.code(s.dataset) + BELOW.format(app="\n".join(_app(s)))


def _app(settings: Settings) -> Iterator[str]:
    """Yield lines with the first losses of both networks, in float32 and in float64."""
    for name, norm in (("with BN", WITH), ("without BN", WITHOUT)):
        single, double = (first_losses(settings, norm, dtype) for dtype in (np.float32, np.float64))
        yield f'    "{name}": ('
        yield f"        {_numbers(single[: n_alike(single, double, SINGLE)], 9)},"
        yield f"        {_numbers(double[: n_alike(single, double, DOUBLE)], 17)},"
        yield "    ),"


def _numbers(values: list[float], digits: int) -> str:
    rows = [values[k : k + 4] for k in range(0, len(values), 4)]
    lines = [", ".join(f"{v:.{digits}g}" for v in row) for row in rows]
    return "[\n            " + ",\n            ".join(lines) + ",\n        ]"


def n_alike(single: list[float], double: list[float], most: float) -> int:
    """Return for how many steps two runs differ by no more than a share of the loss.

    Examples
    --------
    >>> n_alike([1.0, 2.0, 3.1], [1.0, 2.0, 3.0], most=0.01)
    2
    """
    pairs = list(zip(single, double, strict=False))
    apart = [step for step, (a, b) in enumerate(pairs) if abs(a - b) > most * abs(b)]
    return apart[0] if apart else len(pairs)


def first_losses(settings: Settings, norm: str, dtype: Any) -> list[float]:
    """Return the loss of the batch of each step (nats), before that step, as long as it is finite.

    ``norm`` is ``WITH`` or ``WITHOUT``; ``dtype`` is float32 or float64. At most ``N_COMPARED``
    steps are made.
    """
    split, spec, order = data.load(settings.dataset), spec_of(settings, norm), order_of(settings)
    x = split.x_train.astype(dtype)
    trainer = Trainer(spec, start_weights(settings), x, split.y_train, order, dtype=dtype)
    losses: list[float] = []
    for batch in order[:N_COMPARED]:
        with np.errstate(all="ignore"):
            logits = forward(spec, trainer.parameters, x[batch]).logits
            loss = float(loss_and_accuracy(logits, split.y_train[batch])[0])
            if not np.isfinite(loss):
                break
            losses.append(loss)
            trainer.advance(1)
    return losses
