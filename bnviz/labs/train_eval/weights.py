"""What running statistics are made of."""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.running import start_share
from bnviz.labs.train_eval.convention import Convention


def weights(convention: Convention, n_updates: int, n_steps: int) -> Array:
    """Return the weight of the start and of each batch in the running statistics.

    Parameters
    ----------
    convention : Convention
    n_updates : int
        Batches that they have taken in.
    n_steps : int
        Batches there will be.

    Returns
    -------
    array, shape (n_steps + 1,)
        They sum to 1; the first is that of the start. Batches to come have none.

    Notes
    -----
    With momentum p a batch that is a steps old has the weight ``p (1 - p)^a``, and the start
    ``(1 - p)^t``; the correction of the start divides by what is left, ``1 - (1 - p)^t``.

    Examples
    --------
    >>> weights(Convention(momentum=0.3), 2, 3).round(2)
    array([0.49, 0.21, 0.3 , 0.  ])
    """
    t, p = n_updates, convention.momentum
    made_of = np.zeros(n_steps + 1)
    if t == 0:
        made_of[0] = 1
        return made_of
    if p is None:
        made_of[1 : t + 1] = 1 / t
        return made_of
    made_of[1 : t + 1] = p * (1 - p) ** np.arange(t - 1, -1, -1)
    left = start_share(p, t)
    if convention.start == "corrected":
        made_of /= 1 - left
    else:
        made_of[0] = left
    return made_of
