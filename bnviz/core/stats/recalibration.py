"""New running statistics for a network whose weights stay: precise, adaptive and frozen.

All work on the batch norm layers of a network of ``core/nn``, in place. Each layer of the network
must come after the other, as in ``nn.Sequential``. A layer may stand in it several times.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional import batch_norm, batch_norm_axes, count_over, standardize
from bnviz.core.functional.sums import floating
from bnviz.core.nn import Module, Sequential
from bnviz.core.nn.batchnorm import BatchNorm
from bnviz.core.stats.precise import VARIANCES, combined
from bnviz.core.stats.variance import Moments

MEANINGS = {
    "training batches": "each batch normalized with itself on its way up, as in training",
    "all at once": "all examples as one batch",
    "layer by layer": "in evaluation, with the layers below already recalibrated",
}


def precise_batch_norm(
    net: Module,
    batches: Sequence[Array],
    *,
    meaning: str = "training batches",
    variance: str = "total",
) -> None:
    """Replace the running statistics by those of many batches at the present weights.

    Parameters
    ----------
    net : Module
        A layer or a :class:`Sequential`. Its weights and its mode stay.
    batches : sequence of array
        Inputs of the network, usually training data, in batches of the size used in training.
    meaning, variance : str
        Keys of ``MEANINGS`` (what the layers below do while a layer is measured) and ``VARIANCES``.

    Raises
    ------
    ValueError
        If a name is unknown, there are no batches, no layer has running statistics, or a batch has
        one value per channel where its own variance is needed. If a batch norm layer stands in
        the network several times and is to be measured "layer by layer".

    Notes
    -----
    Running statistics lag behind the weights. Precise BN stops the weights and measures. What
    surprises people:

    * In a network of several such layers it has no single meaning: the input of a layer depends on
      how those below were normalized. For the first layer the three agree.
    * ``"all at once"`` and ``"layer by layer"`` give the same numbers, with the total variance:
      an evaluation with the statistics of all examples is what one batch of them does.
    * ``"mean of batches"`` is too small where batches are small or differ (few classes in each):
      it forgets the variance between them, and so do running statistics.

    A layer that stands in the network several times is measured at each of its places, and gets
    the statistics of all of them together, as in PyTorch's ``update_bn``.

    ``num_batches_tracked`` becomes the number of batches that were measured, so a cumulative
    average (``momentum=None``) goes on from there. "All at once" is one batch.

    Layers of batch renorm are measured as batch norm. A ``backward`` of a :class:`Sequential`
    after this still belongs to its own last forward pass; a layer alone needs a new one.

    Source: Wu & Johnson 2021, section 3; Ioffe & Szegedy 2015, Algorithm 2, for the mean of the
    unbiased variances.

    Examples
    --------
    >>> from bnviz.core.nn import BatchNorm1d
    >>> norm = BatchNorm1d(1, dtype=np.float64)
    >>> precise_batch_norm(norm, [np.array([[1.0], [3.0]]), np.array([[11.0], [13.0]])])
    >>> norm.running_mean, norm.running_var
    (array([7.]), array([26.]))
    """
    for kind, name, known in (("meaning", meaning, MEANINGS), ("variance", variance, VARIANCES)):
        if name not in known:
            raise ValueError(f"{kind} must be one of {tuple(known)}, got {name!r}")
    batches = [floating(x, "each batch") for x in batches]
    norms = _tracking(net)
    if not batches:
        raise ValueError("batches must hold at least one array, got none")
    if meaning == "layer by layer":
        if len(set(norms)) < len(norms):
            raise ValueError(
                'meaning="layer by layer" needs each batch norm layer once in net, got one that '
                "stands there several times: it would have to be measured before itself"
            )
        for i, norm in enumerate(norms):
            parts = [list(_moments(net, x, training=False))[i] for x in batches]
            _replace(norm, parts, variance)
        return
    if meaning == "all at once":
        batches = [np.concatenate(batches)]
    measured = [list(_moments(net, x, training=True)) for x in batches]
    for norm in dict.fromkeys(norms):
        places = [i for i, other in enumerate(norms) if other is norm]
        _replace(norm, [found[i] for found in measured for i in places], variance)


def adapt_batch_norm(net: Module, batches: Sequence[Array]) -> None:
    """Replace the running statistics by those of another domain, without any labels (AdaBN).

    It is :func:`precise_batch_norm` of all examples at once, on inputs from where the network shall
    work now; only the data make it adaptive. How they are cut into batches makes no difference. It
    undoes what looks like a shift and a scale of a unit, such as brightness and contrast. It
    cannot undo what does not: an inverted picture stays inverted. It needs the shifted data before
    the first answer, and a mix of classes like that of training.

    Source: Li et al. 2018, Algorithm 1.

    Examples
    --------
    >>> from bnviz.core.nn import BatchNorm1d
    >>> norm = BatchNorm1d(1, dtype=np.float64).eval()
    >>> adapt_batch_norm(norm, [np.array([[100.0], [300.0]])])
    >>> norm(np.array([[100.0], [300.0]])).round(4)
    array([[-1.],
           [ 1.]])
    """
    precise_batch_norm(net, batches, meaning="all at once")


def freeze_batch_norm(net: Module) -> None:
    """Put the batch norm layers into evaluation, and leave the others in their mode (frozen BN).

    Notes
    -----
    The usual way to fine-tune with one or two images on a device. What surprises people:

    * ``net.train()`` thaws them again. Training loops call it at every epoch.
    * The gradient is another one: the statistics are constants, so neither the mean nor the
      component along ``x_hat`` leaves it. A bias before the layer learns now.
    * gamma and beta still have gradients. Detection models usually hold them too: leave their
      parameters out of the step.

    Examples
    --------
    >>> from bnviz.core.nn import BatchNorm1d
    >>> norm = BatchNorm1d(2)
    >>> net = Sequential(norm)
    >>> freeze_batch_norm(net)
    >>> net.training, norm.training, net.train().layers[0].training
    (True, False, True)
    """
    for norm in _tracking(net):
        norm.eval()


def _leaves(net: Module) -> Iterator[Module]:
    """Return all layers in the order of the forward pass."""
    if isinstance(net, Sequential):
        for layer in net.layers:
            yield from _leaves(layer)
    else:
        yield net


def _tracking(net: Module) -> list[BatchNorm]:
    """Return the batch norm layers that have running statistics, one for each place in the network.

    A network without any is refused.
    """
    norms = [layer for layer in _leaves(net) if isinstance(layer, BatchNorm) and layer.buffers()]
    if not norms:
        raise ValueError("net must have a batch norm layer with running statistics, it has none")
    return norms


def _moments(net: Module, x: Array, *, training: bool) -> Iterator[Moments]:
    """Send a batch through; give the moments of the input of each tracking layer, in float64."""
    for layer in _leaves(net):
        if not isinstance(layer, BatchNorm):
            x = layer(x)
            layer.forget()
            continue
        if tracks := bool(layer.buffers()):
            axes = batch_norm_axes(x.ndim)
            s, n = standardize(x.astype(np.float64), axes), count_over(x.shape, axes)
            yield Moments(n, s.mean.ravel(), s.var.ravel() * n)
        own = training or not tracks
        running = (None, None) if own else (layer.running_mean, layer.running_var)
        x, _ = batch_norm(x, layer.weight, layer.bias, *running, training=own, eps=layer.eps)


def _replace(norm: BatchNorm, parts: Sequence[Moments], variance: str) -> None:
    """Set the running statistics of a layer to those of all its batches, and count these."""
    mean, var = combined(parts, variance)
    n = np.array(len(parts))
    values = {"running_mean": mean, "running_var": var, "num_batches_tracked": n}
    for name, buffer in norm.buffers().items():
        buffer[...] = values[name]
