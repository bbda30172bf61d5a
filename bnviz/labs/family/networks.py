"""The networks of this lab: how they are trained, and what they read.

Shape legend: N held-out digits, D pixels.
"""

from functools import lru_cache

import numpy as np

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order, class_batch_order
from bnviz.core.train.trainer import Trainer

DEPTH, WIDTH, N_STEPS, LR = 3, 64, 400, 0.03
N_GROUPS, GHOST = 8, 4
R_MAX, D_MAX, MOMENTUM = 3.0, 5.0, 0.1
"""Of renormalization in the views that do not vary them."""
ALL_CLASSES = 10


@lru_cache(maxsize=64)
def trained(
    norm: str,
    batch_size: int,
    seed: int,
    classes: int = ALL_CLASSES,
    limits: tuple[float, float, float] = (R_MAX, D_MAX, MOMENTUM),
) -> Trainer:
    """Train a network on the digits; nobody may change what this gives.

    Parameters
    ----------
    norm : str
        One of ``NORMS`` of the settings.
    batch_size, seed : int
    classes : int
        Classes in each batch.
    limits : tuple
        r_max, d_max and momentum of renormalization.

    Returns
    -------
    Trainer
    """
    split = data.load("digits")
    r_max, d_max, momentum = limits
    spec = Spec(
        n_inputs=split.x_train.shape[1],
        width=WIDTH,
        depth=DEPTH,
        n_classes=split.n_classes,
        norm=norm,
        lr=LR,
        n_groups=N_GROUPS,
        ghost_size=min(GHOST, batch_size),
        r_max=r_max,
        d_max=d_max,
        momentum=momentum if norm == "renorm" else MOMENTUM,
    )
    weights = [w.astype(np.float32) for w in mlp_weights(spec.sizes, "relu", 1.0, seed)]
    if classes == ALL_CLASSES:
        order = batch_order(len(split.x_train), batch_size, N_STEPS, seed)
    else:
        order = class_batch_order(
            split.y_train, batch_size, N_STEPS, seed, classes_per_batch=classes
        )
    trainer = Trainer(spec, weights, split.x_train, split.y_train, order)
    trainer.advance(N_STEPS)
    return trainer


def accuracy(trainer: Trainer) -> float:
    """Give the share of held-out digits that a network reads right in evaluation mode."""
    split = data.load("digits")
    stats = trainer.running_stats if trainer.spec.over_batch else None
    done = forward(trainer.spec, trainer.parameters, split.x_test, running_stats=stats)
    return float((done.logits.argmax(-1) == split.y_test).mean())


def accuracy_in_batches(trainer: Trainer, classes: int, seed: int, n_batches: int = 40) -> float:
    """Give the share read right where batches of digits bring their own statistics.

    Parameters
    ----------
    trainer : Trainer
        With batch norm.
    classes : int
        Classes in each batch of held-out digits, as in training.
    seed, n_batches : int
    """
    split = data.load("digits")
    order = class_batch_order(
        split.y_test, trainer.n, n_batches, seed, classes_per_batch=classes
    ).ravel()
    x_ND, labels_N = split.x_test[order], split.y_test[order]
    done = forward(trainer.spec, trainer.parameters, x_ND, batch_size=trainer.n)
    return float((done.logits.argmax(-1) == labels_N).mean())
