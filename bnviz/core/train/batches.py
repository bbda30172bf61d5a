"""Which examples make up each batch: pure functions of a seed.

Shape legend: N batch, M examples, S steps, K classes.
"""

import numpy as np
from numpy.typing import NDArray


def batch_order(n_examples: int, batch_size: int, n_steps: int, seed: int) -> NDArray[np.intp]:
    """Return which examples make up each batch, shape (S, N): row s holds those of step s.

    Every epoch is one shuffle, cut into batches; what is left over at its end is dropped, as with
    ``DataLoader(shuffle=True, drop_last=True)``.

    Examples
    --------
    >>> batch_order(n_examples=6, batch_size=3, n_steps=4, seed=0).shape
    (4, 3)
    """
    if not 1 <= batch_size <= n_examples:
        raise ValueError(f"batch_size must be between 1 and {n_examples}, got {batch_size}")
    rng = np.random.default_rng([seed, 1])
    per_epoch = n_examples // batch_size
    n_epochs = -(-n_steps // per_epoch)
    epochs = [rng.permutation(n_examples)[: per_epoch * batch_size] for _ in range(n_epochs)]
    return np.concatenate(epochs or [np.empty(0, np.intp)]).reshape(-1, batch_size)[:n_steps]


def class_batch_order(
    labels_M: NDArray[np.integer],
    batch_size: int,
    n_steps: int,
    seed: int,
    *,
    classes_per_batch: int,
) -> NDArray[np.intp]:
    """Return batches of examples from a few classes each, as in sorted data, shape (S, N).

    For each batch so many classes are drawn, and then its examples from all that belong to them,
    none of them twice. With all classes it draws from all examples. There are no epochs: an example
    may come again before another one has come at all. A longer run begins in the same way.

    Raises
    ------
    ValueError
        If the classes do not suffice, or a batch does not fit into the smallest ones.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    >>> order = class_batch_order(labels, 3, 4, seed=0, classes_per_batch=1)
    >>> [len(set(batch)) for batch in labels[order]]
    [1, 1, 1, 1]
    """
    classes_K, counts_K = np.unique(labels_M, return_counts=True)
    if not 1 <= classes_per_batch <= len(classes_K):
        raise ValueError(
            f"classes_per_batch must be between 1 and {len(classes_K)}, got {classes_per_batch}"
        )
    least = int(np.sort(counts_K)[:classes_per_batch].sum())
    if not 1 <= batch_size <= least:
        raise ValueError(
            f"batch_size must be between 1 and {least}, the examples of the smallest "
            f"{classes_per_batch} classes, got {batch_size}"
        )
    rng = np.random.default_rng([seed, 3])
    order = np.empty((n_steps, batch_size), np.intp)
    for batch_N in order:
        chosen = rng.choice(classes_K, classes_per_batch, replace=False)
        batch_N[:] = rng.choice(
            np.flatnonzero(np.isin(labels_M, chosen)), batch_size, replace=False
        )
    return order
