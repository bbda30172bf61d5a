"""Precise batch norm: the statistics of many batches at weights that stand still.

Shape legend: G batches, L hidden layers, C width.
"""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.passes import Pass
from bnviz.core.stats.recalibration import VARIANCES, combined
from bnviz.core.stats.variance import Moments


def precise_stats(done: Pass, variance: str = "total") -> Array:
    """Return means and variances for evaluation, in the place of the running ones.

    Parameters
    ----------
    done : Pass
        Of many examples in training mode, with batch norm, cut into batches of the size used in
        training. One batch of all examples, of another domain, gives AdaBN.
    variance : {"total", "mean of batches"}
        A key of ``recalibration.VARIANCES``.

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
    ``recalibration.precise_batch_norm`` says what surprises people, and does the same for
    networks of ``core/nn``. Without masks nothing drops out in the pass, so after training with
    dropout these suit evaluation better than the running ones (Li et al. 2019).

    Source: Wu & Johnson 2021, section 3.

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
