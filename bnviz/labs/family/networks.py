"""The networks of this lab: how they are trained, and what they recognize.

Shape legend: N held-out digits, D pixels.
"""

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.core.train.batches import class_batch_order
from bnviz.labs import digits
from bnviz.labs.arm import Pieces
from bnviz.labs.digits import Network

DEPTH, WIDTH, N_STEPS, LR = 3, 64, 400, 0.03
N_GROUPS, GHOST = 8, 4
R_MAX, D_MAX, MOMENTUM = 3.0, 5.0, 0.1
"""Of renormalization in the views that do not vary them."""
ALL_CLASSES = 10


def trained(
    norm: str,
    batch_size: int,
    seed: int,
    classes: int = ALL_CLASSES,
    limits: tuple[float, float, float] = (R_MAX, D_MAX, MOMENTUM),
    lr: float = LR,
    n_steps: int = N_STEPS,
) -> Pieces:
    """Train a network on the digits, some steps in each piece: a `Network`.

    Each batch holds so many classes; the limits are r_max, d_max and momentum of renormalization.
    """
    r_max, d_max, momentum = limits
    spec = digits.spec(
        width=WIDTH,
        depth=DEPTH,
        norm=norm,
        lr=lr,
        n_groups=N_GROUPS,
        ghost_size=min(GHOST, batch_size),
        r_max=r_max,
        d_max=d_max,
        momentum=momentum if norm == "renorm" else MOMENTUM,
    )
    order_SN = None
    if classes != ALL_CLASSES:
        labels = data.load("digits").y_train
        order_SN = class_batch_order(labels, batch_size, n_steps, seed, classes_per_batch=classes)
    trainer = digits.trainer(
        spec, batch_size=batch_size, n_steps=n_steps, seed=seed, order_SN=order_SN
    )
    while trainer.n_done < n_steps and trainer.diverged_at is None:
        trainer.advance(50)
        yield None
    return digits.network_of(trainer)


def accuracy(network: Network) -> float:
    """Return the share of held-out digits that a network recognizes in evaluation mode."""
    split = data.load("digits")
    stats = network.running_stats if network.spec.over_batch else None
    done = forward(network.spec, network.parameters, split.x_test, running_stats=stats)
    return digits.accuracy(done.logits, split.y_test)


def accuracy_in_batches(
    network: Network, batch_size: int, classes: int, seed: int, n_batches: int = 40
) -> float:
    """Return the share recognized in batches of held-out digits with their own statistics.

    They are drawn as in training, from so many classes.
    """
    split = data.load("digits")
    order = class_batch_order(
        split.y_test, batch_size, n_batches, seed, classes_per_batch=classes
    ).ravel()
    x_ND, labels_N = split.x_test[order], split.y_test[order]
    done = forward(network.spec, network.parameters, x_ND, batch_size=batch_size)
    return digits.accuracy(done.logits, labels_N)
