"""What running statistics are made of."""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.running import start_share
from bnviz.labs.train_eval.trace import Trace


def weights(trace: Trace, step: int) -> Array:
    """Return the weight of the start and of each batch in the running statistics at a step.

    Parameters
    ----------
    trace : Trace
    step : int

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
    >>> from bnviz.labs.train_eval import Experiment, Settings
    >>> weights(Experiment(Settings(momentum=0.3)).trace(), 2)[:4].round(2)
    array([0.49, 0.21, 0.3 , 0.  ])
    """
    settings, t = trace.settings, trace.updates(step)
    made_of = np.zeros(trace.n_steps + 1)
    if t == 0:
        made_of[0] = 1
        return made_of
    if settings.momentum is None:
        made_of[1 : t + 1] = 1 / t
        return made_of
    p = settings.momentum
    made_of[1 : t + 1] = p * (1 - p) ** np.arange(t - 1, -1, -1)
    left = start_share(p, t)
    if settings.start == "corrected":
        made_of /= 1 - left
    else:
        made_of[0] = left
    return made_of
