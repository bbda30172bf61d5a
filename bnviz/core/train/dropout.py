"""The masks of dropout: step and seed determine them, so that they can be drawn again.

Shape legend: N batch, C width, L hidden layers.
"""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.spec import Spec


def n_masks(spec: Spec) -> int:
    """Return how many places of a network are dropped out.

    Examples
    --------
    >>> n_masks(Spec(n_inputs=2, width=8, depth=3, n_classes=2, dropout=0.5))
    3
    """
    if not spec.dropout:
        return 0
    return spec.depth if spec.dropout_position == "every" else 1


def dropout_masks(
    spec: Spec, batch_size: int, step: int, seed: int, dtype: np.dtype | type = np.float32
) -> Array:
    """Draw the factors that one step multiplies the units by.

    Parameters
    ----------
    spec : Spec
        With its ``dropout``, ``dropout_position``, width and depth.
    step : int
        From 0. Each step has a generator of its own, so the masks of any step can be drawn alone.
    seed : int
        Usually ``spec.dropout_seed``.
    dtype : dtype-like
        Of the factors; which units drop out does not depend on it.

    Returns
    -------
    array, shape (L or 1, N, C)
        0 with the probability ``spec.dropout``, or else ``1 / (1 - dropout)``, which keeps the
        expected value (inverted dropout, as in PyTorch). One mask for each layer, or for the last
        alone; none without dropout.

    Notes
    -----
    The expected value stays, but the variance grows: a norm behind dropout meets larger variances
    in training than in evaluation (Li et al. 2019).

    Examples
    --------
    >>> spec = Spec(n_inputs=2, width=8, depth=3, n_classes=2, dropout=0.5)
    >>> masks = dropout_masks(spec, batch_size=100, step=0, seed=0)
    >>> masks.shape, np.unique(masks).tolist()
    ((3, 100, 8), [0.0, 2.0])
    """
    shape = (n_masks(spec), batch_size, spec.width)
    drawn = np.random.default_rng([seed, 2, step]).random(shape, np.float32)
    return np.multiply(drawn >= spec.dropout, 1 / (1 - spec.dropout), dtype=dtype)
