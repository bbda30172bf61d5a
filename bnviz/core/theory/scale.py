"""Scale invariance: what follows when the loss does not depend on the length of a weight vector.

The weights into one unit that batch norm follows are such a vector w (with eps 0): multiplied by a
positive number they give the same output. Three facts follow, for each unit and for all of them
together:

* the gradient g at a·w is g / a;
* g is orthogonal to w, since a longer w changes nothing;
* so a step of plain SGD makes w longer, by Pythagoras, and only weight decay makes it shorter.

Norms are Euclidean. Where nothing else is said, the optimizer is plain SGD: the buffer of momentum
and the update of Adam are not orthogonal to w.
"""

import math
from typing import NamedTuple

from bnviz.core.domain import require, require_not_negative, require_positive


class Twin(NamedTuple):
    """The settings with which a run at another scale of the weights takes the same path."""

    lr: float
    weight_decay: float
    eps: float


def twin_at_scale(scale: float, *, lr: float, weight_decay: float = 0.0, eps: float = 0.0) -> Twin:
    """Return the settings under which weights of another scale take the very same path.

    Parameters
    ----------
    scale : float
        How many times as large the weights of the twin start, above 0.
    lr, weight_decay, eps : float
        Settings of the run with scale 1: learning rate, weight decay and batch norm's eps.

    Returns
    -------
    Twin
        ``lr * scale**2``, ``weight_decay / scale**2`` and ``eps * scale**2``: in every step the
        twin has the same outputs and the same loss, and ``scale`` times the weights.

    Notes
    -----
    What surprises people: the scale of the initial weights does not matter *and* it does. It is a
    learning rate in disguise: at one learning rate, weights ten times as large learn a hundred
    times as slowly.

    It concerns the weights that batch norm follows. Gamma, beta and the last layer keep their own
    scale and learning rate.

    How sure: proved, for plain SGD and for SGD with momentum; not for Adam, which divides the
    gradient's scale out. Source: Ioffe & Szegedy 2015, section 3.3, for the two facts; van
    Laarhoven 2017; the part of eps is derived here: ``a^2 var + eps = a^2 (var + eps / a^2)``.

    Examples
    --------
    >>> twin_at_scale(10.0, lr=0.5, weight_decay=0.25, eps=1e-3)
    Twin(lr=50.0, weight_decay=0.0025, eps=0.1)
    """
    require_positive(scale=scale, lr=lr)
    require_not_negative(weight_decay=weight_decay, eps=eps)
    square = scale**2
    return Twin(lr * square, weight_decay / square, eps * square)


def effective_lr(lr: float, norm: float) -> float:
    """Return the learning rate at which the direction of the weights learns.

    Returns
    -------
    float
        The learning rate of plain SGD that would do the same to weights of norm 1.

    Notes
    -----
    Only the direction of scale-invariant weights counts. A step is to be compared with their
    length, and the gradient is itself ``1 / norm`` of what it is at norm 1: hence the square. As
    the norm grows during training, this rate falls on its own.

    How sure: proved with eps 0, for plain SGD. Source: van Laarhoven 2017.

    Examples
    --------
    >>> effective_lr(0.5, norm=10.0)
    0.005
    """
    require_positive(lr=lr, norm=norm)
    return lr / norm**2


def norm_after_step(
    norm: float, gradient_norm: float, lr: float, weight_decay: float = 0.0
) -> float:
    """Return the norm of scale-invariant weights after a step of plain SGD.

    Parameters
    ----------
    norm : float
        Of the weights before the step, above 0.
    gradient_norm : float
        Of the gradient of the loss there (without that of the decay), 0 or more.
    lr, weight_decay : float
        ``w -= lr * (g + weight_decay * w)``; above 0, and 0 or more.

    Returns
    -------
    float
        In the unit of ``norm``.

    Notes
    -----
    The step is orthogonal to the weights, so Pythagoras adds up their squares. Without weight decay
    the norm can only grow, the faster the larger the learning rate.

    How sure: proved with eps 0. Source: Salimans & Kingma 2016, section 2.1, for weight
    normalization; van Laarhoven 2017.

    Examples
    --------
    >>> norm_after_step(4.0, gradient_norm=3.0, lr=1.0)
    5.0
    """
    require_positive(norm=norm, lr=lr)
    require_not_negative(gradient_norm=gradient_norm, weight_decay=weight_decay)
    return math.hypot((1 - lr * weight_decay) * norm, lr * gradient_norm)


def equilibrium_angle(lr: float, weight_decay: float) -> float:
    """Return the angle by which scale-invariant weights turn in each step at equilibrium.

    Parameters
    ----------
    lr, weight_decay : float
        Both above 0, their product below 1.

    Returns
    -------
    float
        In radians; about ``sqrt(2 lr weight_decay)``. If the gradient's norm varies, this is the
        root mean square over the steps.

    Notes
    -----
    What surprises people: neither the gradient nor the loss appears in it. On weights that batch
    norm follows, weight decay does not limit the model's capacity; it sets how fast they turn.

    The step scales w by 1 - lr weight_decay and adds an orthogonal part, which at equilibrium
    restores the length. So the cosine of the angle is 1 - lr weight_decay.

    How sure: proved with eps 0, for plain SGD, for every step that keeps the length; one that
    shortens w turns it by less, one that lengthens it by more. So it is a good approximation
    wherever the length no longer drifts, be the gradient noise or not. While the gradient falls,
    as a network learns, the length falls after it and the weights turn more slowly than this.

    Source: van Laarhoven 2017; Wan et al. 2021 give the root. The cosine is derived here.

    Examples
    --------
    >>> round(equilibrium_angle(0.5, 0.005), 4), round(math.sqrt(2 * 0.5 * 0.005), 4)
    (0.0707, 0.0707)
    """
    require_positive(lr=lr, weight_decay=weight_decay)
    # acos(1 - d) in a form that keeps its digits for small d.
    return 2 * math.asin(math.sqrt(_decay(lr, weight_decay) / 2))


def _decay(lr: float, weight_decay: float) -> float:
    """Return the share of the weights that decays in a step; refuse all of them and more."""
    decay = lr * weight_decay
    require(decay < 1, "lr * weight_decay", "below 1", decay)
    return decay
