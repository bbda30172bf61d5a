"""The fast pass through a network: its layers as kernels, bound to their arrays once.

``network.passes`` says what is right; here the same formulas run in place, and the tests hold the
two together. Training runs this pass, and so do the snapshots of ``evaluation``.

The batch is laid out as ``(N, U)``: a row an example, a column a unit. For one network the units
are its C features; for R replicas they are R times C, side by side, so that one NumPy call serves
them all. Only the matrix products and the loss differ: ``Replicas`` binds its own.

Shape legend: N batch, D inputs, C width, U units (C, or R * C), L hidden layers, K classes,
R replicas.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy import multiply

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train import kernels
from bnviz.core.train.dropout import n_masks


class BoundNetwork:
    """Send one batch after the other through a network, without allocating anything on the way.

    Parameters
    ----------
    spec : Spec
    parameters : Parameters
        What the layers read. A later change of their values counts at the next pass.
    gradient : Parameters
        Where ``backward`` writes, in the same layout.
    n : int
        Examples of a batch.
    n_replicas : int
    running_stats : array, shape (2, L, U), optional
        Running means and variances; new ones are 0 and 1.
    training : bool
        False is evaluation: norms over the batch use the running statistics, nothing drops out,
        and spectral normalization does not refine its vectors.

    Attributes
    ----------
    linear, normalized, activated : arrays, shape (L, N, U)
        Of the last batch: output of the linear layers, of the norm (without one, an alias of
        ``linear``) and of the activation. They are views of one array, ``sites``.
    logits : array, shape (N, K) or (R, N, K)
        ``forward`` leaves them here; ``backward`` overwrites them.
    weights : list of pairs of arrays
        What the linear layers multiply by, and its gradient. They are the parameters' own, but for
        weight or spectral normalization.
    masks : array, shape (L or 1, N, U)
        What dropout multiplies by: 0 or ``1 / (1 - dropout)``. Empty without dropout.
    batch_stats, running_stats : arrays, shape (2, L, U)
        Mean and variance: of the last batch (biased: it is what normalizes) and the running ones
        (unbiased, as in PyTorch). They stay as they are where the norm does not look at the batch.
        With ghost batch norm ``batch_stats`` are those of the last chunk.
    gradient_scale : float
        What ``backward`` multiplies the gradient of the mean loss by.

    Examples
    --------
    >>> from bnviz.core.network.init import mlp_weights
    >>> spec = Spec(n_inputs=2, width=8, depth=3, n_classes=2)
    >>> start = Parameters.start(spec, mlp_weights(spec.sizes, "relu", 1.0, seed=0), np.float64)
    >>> network = BoundNetwork(spec, start, Parameters(spec, np.float64), n=4)
    >>> network.bind(np.random.default_rng(0).normal(size=(4, 2)), np.eye(2)[[0, 1, 1, 0]])
    >>> network.forward()
    >>> network.activated.shape, network.logits.shape
    ((3, 4, 8), (4, 2))
    """

    gradient_scale = 1.0

    def __init__(
        self,
        spec: Spec,
        parameters: Parameters,
        gradient: Parameters,
        n: int,
        *,
        n_replicas: int = 1,
        running_stats: Array | None = None,
        training: bool = True,
    ) -> None:
        self.spec = spec if training else replace(spec, dropout=0.0)
        self.parameters, self.gradient, self.training = parameters, gradient, training
        self.dtype, self.n = parameters.flat.dtype, n
        depth, n_units = spec.depth, spec.width * n_replicas
        self.sites = np.zeros((2 if spec.norm == "none" else 3, depth, n, n_units), self.dtype)
        self.linear, self.normalized, self.activated = (self.sites[i] for i in (0, -2, -1))
        self.logits: Array = np.zeros((n, spec.n_classes), self.dtype)
        self.masks = np.zeros((n_masks(self.spec), n, n_units), self.dtype)
        chunk = spec.ghost_size if spec.norm == "ghost" and training else n
        self._chunk_stats = np.zeros((2, depth, n // chunk, n_units), self.dtype)
        self.batch_stats = self._chunk_stats[:, :, -1]
        if running_stats is None:
            running_stats = np.zeros_like(self.batch_stats)
            running_stats[1] = 1
        self.running_stats = running_stats
        self.weights = _used_weights(spec, parameters, gradient)
        self._forward: list[Callable[[], None]] = []
        self._backward: list[Callable[[], None]] = []

    def forward(self) -> None:
        """Send the batch through, up to the logits."""
        for run in self._forward:
            run()

    def backward(self) -> None:
        """Carry the gradient of the mean cross-entropy back, into ``gradient``."""
        for run in self._backward:
            run()
        if self.spec.norm != "none":  # the kernels give means over the batch, the loss needs sums
            multiply(self.gradient.affine, self.n, self.gradient.affine)

    def bind(self, x: Array, target: Array, eps: float | Array | None = None) -> None:
        """Bind all layers, from a batch to the loss and back.

        Parameters
        ----------
        x : array, shape (N, D)
            In the dtype of the network. Its values may change between the passes.
        target : array, shape (N, K)
            One-hot labels; only ``backward`` reads them.
        eps : float or array of shape (U,), optional
            Instead of the one of the description.
        """
        spec, masks = self.spec, iter(self.masks)
        eps = spec.eps if eps is None else eps
        grads = [np.zeros(self.linear.shape[1:], self.dtype) for _ in range(2)]
        blocks: list[kernels.Bound] = []
        dx: Array | None = None
        for layer in range(spec.depth):
            grad = grads[layer % 2]
            block = self._bind_weight(layer)
            block += [self._bind_linear(layer, x, dx, grad)]
            block += self._bind_nonlinear(layer, grad, eps)
            h = self._normed(layer)
            if spec.dropout and spec.dropout_position == "every":
                h = _append_dropout(block, h, next(masks), grad)
            if spec.skip and dx is not None:
                branch, h = h, np.zeros_like(h)
                block = kernels.bind_skip(block, x, branch, h, grad, dx)
            blocks += block
            x, dx = h, grad
        assert dx is not None
        if spec.dropout and spec.dropout_position == "head":
            x = _append_dropout(blocks, x, next(masks), dx)
        blocks.append(self._bind_logits(x, dx))
        self._forward = [forward for forward, _ in blocks]
        back = [backward for _, backward in reversed(blocks)]
        self._backward = [self._bind_loss(target), *back]

    def _bind_weight(self, layer: int) -> list[kernels.Bound]:
        """Bind the computation of the used weights from the learned ones."""
        p, g = self.parameters, self.gradient
        learned, used = (p.weights[layer], g.weights[layer]), self.weights[layer]
        match self.spec.weight_norm:
            case "weight":
                lengths = p.lengths[layer], g.lengths[layer]
                return [kernels.bind_weight_norm(learned, lengths, used)]
            case "spectral":
                vectors = p.singular[layer]
                return [kernels.bind_spectral_norm(learned, vectors, used, self.training)]
            case _:
                return []

    def _bind_linear(self, layer: int, x: Array, dx: Array | None, grad: Array) -> kernels.Bound:
        weight, dweight = self.weights[layer]
        bias, dbias = (p.biases[layer] for p in (self.parameters, self.gradient))
        return kernels.bind_linear(x, weight, bias, self.linear[layer], grad, dx, dweight, dbias)

    def _bind_nonlinear(self, layer: int, grad: Array, eps: float | Array) -> list[kernels.Bound]:
        spec = self.spec
        z, y, h = self.linear[layer], self.normalized[layer], self.activated[layer]
        activate = kernels.ACTIVATIONS[spec.activation]
        if spec.norm == "none":
            return [activate(z, h, grad)]
        before = spec.placement == "before"
        norm = self._bind_norm(layer, z if before else h, grad, eps)
        return [norm, activate(y, h, grad)] if before else [activate(z, h, grad), norm]

    def _bind_norm(self, layer: int, x: Array, grad: Array, eps: float | Array) -> kernels.Bound:
        (gamma, beta), (dgamma, dbeta) = (
            (p.gamma[layer].ravel(), p.beta[layer : layer + 1].ravel())  # RMS norm has no beta
            for p in (self.parameters, self.gradient)
        )
        stats = self._chunk_stats if self.spec.norm == "ghost" else self.batch_stats
        mean, var = stats[:, layer]
        site = kernels.NormSite(
            x, self.normalized[layer], grad, gamma, beta, dgamma, dbeta, mean, var,
            np.full_like(gamma, eps),
        )  # fmt: skip
        running_mean, running_var = self.running_stats[:, layer]
        bind = kernels.bind_norm if self.training else kernels.bind_norm_in_evaluation
        return bind(self.spec, site, (running_mean, running_var))

    def _normed(self, layer: int) -> Array:
        """Return the output of a layer after activation and norm, shape (N, U)."""
        after = self.spec.norm != "none" and self.spec.placement == "after"
        return (self.normalized if after else self.activated)[layer]

    def _bind_logits(self, x: Array, dx: Array) -> kernels.Bound:
        (weight, dweight), logits = self.weights[-1], self.logits
        bias, dbias = (p.biases[-1] for p in (self.parameters, self.gradient))
        return kernels.bind_linear(x, weight, bias, logits, logits, dx, dweight, dbias)

    def _bind_loss(self, target: Array) -> Callable[[], None]:
        """Bind the gradient of the loss, which overwrites the logits."""
        scale = np.asarray(self.gradient_scale / self.n, self.dtype)
        return kernels.bind_softmax_gradient(self.logits, target, scale)


def _used_weights(
    spec: Spec, parameters: Parameters, gradient: Parameters
) -> list[tuple[Array, Array]]:
    if spec.weight_norm != "none":
        lead, dtype = parameters.weights[0].shape[:-2], parameters.flat.dtype
        hidden = [Parameters(spec, dtype, lead).weights[:-1] for _ in range(2)]
    else:
        hidden = [parameters.weights[:-1], gradient.weights[:-1]]
    pairs = zip(*hidden, strict=True)
    return [*pairs, (parameters.weights[-1], gradient.weights[-1])]


def _append_dropout(blocks: list[kernels.Bound], x: Array, mask: Array, grad: Array) -> Array:
    """Append a dropout of ``x``, and return its output."""
    y = np.zeros_like(x)
    blocks.append(kernels.bind_dropout(x, mask, y, grad))
    return y
