"""Precise batch norm: the statistics of many batches at weights that stand still.

Shape legend: G batches, L hidden layers, C width.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.passes import Pass
from bnviz.core.stats.variance import Moments, merge

VARIANCES = {
    "total": "of all values together: it also counts how the means of the batches differ",
    "mean of batches": "the mean of the unbiased variances of the batches, as in the first paper",
}


def precise_stats(done: Pass, variance: str = "total") -> Array:
    """Return means and variances for evaluation, in the place of the running ones.

    Parameters
    ----------
    done : Pass
        Of many examples in training mode, with batch norm, cut into batches of the size used in
        training. One batch of all examples, of another domain, gives AdaBN (Li et al. 2018).
    variance : {"total", "mean of batches"}
        A key of ``VARIANCES``.

    Returns
    -------
    array, shape (2, L, C)
        Means and variances, for ``forward(..., running_stats=...)``.

    Raises
    ------
    ValueError
        If the name is unknown, or the pass normalized nothing with statistics of batches.

    Notes
    -----
    Running statistics lag behind the weights. Precise BN stops the weights and measures. What
    surprises people:

    * In a network of several such layers it has no single meaning: the input of a layer depends on
      how those below were normalized. Here each batch is normalized with itself on its way up, as
      in training; one batch of all examples gives other numbers from the second layer on.
    * ``"mean of batches"`` is too small where batches are small or differ (few classes in each):
      it forgets the variance between them, and so do running statistics.
    * Without masks nothing drops out in the pass, so after training with dropout these suit
      evaluation better than the running ones (Li et al. 2019).

    ``recalibration.precise_batch_norm`` does the same for layers of ``core/nn``.

    Source: Wu & Johnson 2021, section 3; Ioffe & Szegedy 2015, Algorithm 2, for the mean of the
    unbiased variances.

    Examples
    --------
    >>> from bnviz.core.network.parameters import Parameters
    >>> from bnviz.core.network.passes import forward
    >>> from bnviz.core.network.spec import Spec
    >>> spec = Spec(n_inputs=1, width=1, depth=1, n_classes=2)
    >>> parameters = Parameters.start(spec, [np.ones((1, 1)), np.ones((1, 2))], np.float64)
    >>> x = np.array([[1.0], [3.0], [11.0], [13.0]])
    >>> precise_stats(forward(spec, parameters, x, batch_size=2)).ravel()
    array([ 7., 26.])
    """
    if variance not in VARIANCES:
        raise ValueError(f"variance must be one of {tuple(VARIANCES)}, got {variance!r}")
    if not done.norms or any(norm.constant for norm in done.norms):
        raise ValueError("done must be a pass in training mode through layers of batch norm")
    mean_GLC, var_GLC = (
        np.stack([getattr(s, name)[:, 0] for s in done.statistics], 1) for name in ("mean", "var")
    )
    n = done.statistics[0].x_hat.shape[1]
    parts = [Moments(n, *both) for both in zip(mean_GLC, n * var_GLC, strict=True)]
    return np.stack(combined(parts, variance))


def combined(parts: Sequence[Moments], variance: str) -> tuple[Array, Array]:
    """Return mean and variance of several batches; see ``VARIANCES`` for the two variances."""
    if variance == "total":
        total = reduce(merge, parts)
        return total.mean, total.var
    if min(part.n for part in parts) < 2:
        raise ValueError("each batch must have at least 2 values per channel for its own variance")
    mean = np.mean([part.mean for part in parts], axis=0)
    return mean, np.mean([part.m2 / (part.n - 1) for part in parts], axis=0)
