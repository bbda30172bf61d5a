"""A whole network, forward and backward, written to be read.

``train.bound_network`` repeats these formulas in place and faster; the tests hold the two together.
Here the data may be any set of examples: it is cut into batches, and in training mode each batch is
normalized with its own statistics.

Shape legend: N examples, B batch size, G = N / B batches, D inputs, C width, L hidden layers,
K classes. A leading replica axis is allowed everywhere.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.activations import activate, slope
from bnviz.core.array import Array
from bnviz.core.functional import Standardized
from bnviz.core.losses import cross_entropy, cross_entropy_alone
from bnviz.core.network.effective_weights import effective_weight, effective_weight_backward
from bnviz.core.network.norms import Normalized, normalize, normalize_backward
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec


@dataclass(eq=False)
class Pass:
    """The values inside a forward pass, a list entry for each hidden layer.

    Attributes
    ----------
    inputs : arrays, shape (N, D)
        What each layer read; the last entry is what the logits read.
    linear, normalized, activated : arrays, shape (N, C)
    norms : Normalized
        Empty without a norm.
    masks : array, shape (L or 1, N, C), or None
        Of dropout, as they were given.
    logits : array, shape (N, K)
    """

    inputs: list[Array] = field(default_factory=list)
    linear: list[Array] = field(default_factory=list)
    normalized: list[Array] = field(default_factory=list)
    activated: list[Array] = field(default_factory=list)
    norms: list[Normalized] = field(default_factory=list)
    masks: Array | None = None
    logits: Array = field(default_factory=lambda: np.empty(0))

    @property
    def statistics(self) -> list[Standardized]:
        """Standardized values, mean and variance of each norm; empty without a norm."""
        return [norm.statistics for norm in self.norms]


class _Mode(NamedTuple):
    """How a norm takes its statistics."""

    batch_size: int
    running_stats: Array | None
    training: bool


def forward(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    *,
    batch_size: int | None = None,
    running_stats: Array | None = None,
    training: bool | None = None,
    masks: Array | None = None,
) -> Pass:
    """Send examples through the network.

    Parameters
    ----------
    x_ND : array, shape (N, D)
    batch_size : int, optional
        Training mode: the examples are cut into batches of this size, in their order. The default
        is one batch of all of them.
    running_stats : array, shape (2, L, C), optional
        Means and variances to normalize with in evaluation mode. Batch renorm needs them in
        training mode too.
    training : bool, optional
        The mode. The default is evaluation if there are ``running_stats``, or else training.
    masks : array, shape (L or 1, N, C), optional
        Drop out as ``dropout_masks`` says. Without them nothing drops out, in either mode.

    Raises
    ------
    ValueError
        If the batch size does not divide the number of examples, or running statistics are missing.

    Notes
    -----
    Where the norm does not look at the batch, both modes are the same. Running statistics are not
    updated here.
    """
    n = x_ND.shape[-2]
    size = n if batch_size is None else batch_size
    if size < 1 or n % size:
        raise ValueError(f"batch_size must divide the {n} examples, got {size}")
    mode = _Mode(size, running_stats, running_stats is None if training is None else training)
    done, h = Pass(masks=masks), x_ND
    for layer in range(spec.depth):
        before = h
        done.inputs.append(h)
        h = _linear(spec, h, parameters, layer)
        done.linear.append(h)
        if spec.placement == "before":
            h = _normalize(spec, parameters, layer, h, mode, done)
        h = activate(spec.activation, h)
        done.activated.append(h)
        if spec.placement == "after":
            h = _normalize(spec, parameters, layer, h, mode, done)
        if masks is not None and spec.dropout_position == "every":
            h = h * masks[layer]
        if spec.skip and layer > 0:
            h = before + h
    if masks is not None and spec.dropout_position == "head":
        h = h * masks[0]
    done.inputs.append(h)
    done.logits = _linear(spec, h, parameters, spec.depth)
    return done


def _linear(spec: Spec, x_ND: Array, parameters: Parameters, layer: int) -> Array:
    z = x_ND @ effective_weight(spec, parameters, layer)
    bias = parameters.biases[layer]
    return z if bias is None else z + bias[..., None, :]


def _normalize(
    spec: Spec,
    parameters: Parameters,
    layer: int,
    x_NC: Array,
    mode: _Mode,
    done: Pass,
) -> Array:
    """Normalize, scale and shift. Without a norm, record the input and return it."""
    if spec.norm == "none":
        done.normalized.append(done.linear[layer])
        return x_NC
    stats = mode.running_stats
    running = None if stats is None else (stats[0][layer], stats[1][layer])
    norm = normalize(spec, x_NC, mode.batch_size, running, training=mode.training)
    y_NC: Array = norm.scaled * parameters.gamma[layer][..., None, :]
    if len(parameters.beta):
        y_NC += parameters.beta[layer][..., None, :]
    done.norms.append(norm)
    done.normalized.append(y_NC)
    return y_NC


def backward(
    spec: Spec,
    parameters: Parameters,
    done: Pass,
    dlogits_NK: Array,
    *,
    training: bool = True,
    out: Parameters | None = None,
) -> Parameters:
    """Return the gradients of all parameters.

    Parameters
    ----------
    dlogits_NK : array, shape (N, K)
        Gradient of the loss with respect to the logits.
    training : bool
        False takes the statistics of a batch as constants, so that the gradient takes no way
        through them. After a forward pass in evaluation mode they are constants in any case.
    out : Parameters, optional
        Where to write the gradient; the default is a new place.
    """
    lead = parameters.weights[0].shape[:-2]
    gradient = Parameters(spec, done.logits.dtype, lead) if out is None else out
    grad = _linear_backward(spec, dlogits_NK, done.inputs[-1], parameters, gradient, spec.depth)

    def normed_back(grad: Array, layer: int) -> Array:
        if spec.norm == "none":
            return grad
        norm = done.norms[layer]
        if not training and spec.over_batch:
            norm = norm._replace(constant=True)
        return _normalize_backward(spec, grad, layer, parameters, gradient, norm)

    if done.masks is not None and spec.dropout_position == "head":
        grad = grad * done.masks[0]
    for layer in reversed(range(spec.depth)):
        past = grad
        if done.masks is not None and spec.dropout_position == "every":
            grad = grad * done.masks[layer]
        if spec.placement == "after":
            grad = normed_back(grad, layer)
        grad = grad * slope(spec.activation, done.activated[layer])
        if spec.placement == "before":
            grad = normed_back(grad, layer)
        grad = _linear_backward(spec, grad, done.inputs[layer], parameters, gradient, layer)
        if spec.skip and layer > 0:
            grad = past + grad
    return gradient


def _linear_backward(
    spec: Spec,
    dz_NC: Array,
    x_ND: Array,
    parameters: Parameters,
    gradient: Parameters,
    layer: int,
) -> Array:
    dweight_DC = x_ND.swapaxes(-1, -2) @ dz_NC
    effective_weight_backward(spec, parameters, layer, dweight_DC, gradient)
    bias = gradient.biases[layer]
    if bias is not None:
        bias[...] = dz_NC.sum(-2)
    return dz_NC @ effective_weight(spec, parameters, layer).swapaxes(-1, -2)


def _normalize_backward(
    spec: Spec,
    dy_NC: Array,
    layer: int,
    parameters: Parameters,
    gradient: Parameters,
    norm: Normalized,
) -> Array:
    gradient.gamma[layer] = (dy_NC * norm.scaled).sum(-2)
    if len(gradient.beta):
        gradient.beta[layer] = dy_NC.sum(-2)
    return normalize_backward(spec, dy_NC * parameters.gamma[layer][..., None, :], norm)


def loss_and_accuracy(logits_NK: Array, labels_N: NDArray[np.integer]) -> tuple[float, float]:
    """Return the mean cross-entropy (nats) and the share of right answers.

    Examples
    --------
    >>> loss_and_accuracy(np.array([[0.0, 0.0], [0.0, 9.0]]), np.array([1, 1]))[1]
    0.5
    """
    loss = cross_entropy_alone(logits_NK, labels_N)
    return loss, float((logits_NK.argmax(-1) == labels_N).mean())


def loss_and_gradient(
    spec: Spec, parameters: Parameters, x_ND: Array, labels_N: NDArray[np.integer]
) -> tuple[float, Parameters]:
    """Return the loss of a batch in training mode, in nats, and its gradient."""
    done = forward(spec, parameters, x_ND)
    loss, dlogits_NK = cross_entropy(done.logits, labels_N)
    return loss, backward(spec, parameters, done, dlogits_NK)
