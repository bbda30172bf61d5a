"""Wrong labels, made on purpose.

Shape legend: M examples.
"""

import numpy as np
from numpy.typing import NDArray


def flip_labels(
    labels_M: NDArray[np.integer], share: float, n_classes: int, seed: int
) -> NDArray[np.integer]:
    """Return the labels with a share of them wrong.

    Parameters
    ----------
    labels_M : array of int, shape (M,)
        From 0 to ``n_classes - 1``. Never modified.
    share : float
        From 0 to 1; the number of wrong labels is rounded.
    n_classes : int
        At least 2. Each wrong label is one of the others, drawn evenly.

    Returns
    -------
    array of int, shape (M,)
        ``flipped != labels`` says which are wrong.

    Notes
    -----
    With one seed, a larger share keeps all that were wrong at a smaller one, and the way they were.

    Examples
    --------
    >>> labels = np.zeros(10, int)
    >>> flipped = flip_labels(labels, 0.3, n_classes=4, seed=0)
    >>> int((flipped != labels).sum()), labels.sum() == 0
    (3, np.True_)
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    if n_classes < 2:
        raise ValueError(f"n_classes must be at least 2, got {n_classes}")
    if labels_M.min(initial=0) < 0 or labels_M.max(initial=0) >= n_classes:
        raise ValueError(
            f"labels must lie between 0 and {n_classes - 1}, "
            f"got {labels_M.min()} to {labels_M.max()}"
        )
    rng = np.random.default_rng([seed, 4])
    order, shifts = rng.permutation(len(labels_M)), rng.integers(1, n_classes, len(labels_M))
    wrong = order[: round(share * len(labels_M))]
    flipped = labels_M.copy()
    flipped[wrong] = (labels_M[wrong] + shifts[wrong]) % n_classes
    return flipped
