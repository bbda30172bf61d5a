"""The same examples, sent again and again through a network whose weights change.

The formulas are those of ``passes.forward``, in place: nothing is allocated on the way, and of the
norms only what can be looked at is kept. The tests hold the two together.

Shape legend: N examples, B batch size, G = N / B batches, D inputs, C width, L hidden layers,
K classes.
"""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import activate
from bnviz.core.network.spec import Spec


class Passage:
    """Room for examples on their way through a network.

    Parameters
    ----------
    spec : Spec
        Without a norm or with batch normalization; without dropout, skip connections and weight
        normalization.
    x_ND : array of float, shape (N, D)
        The examples, in the dtype of the network.
    batch_size : int
        In training mode the examples are cut into batches of this size, in their order.

    Attributes
    ----------
    linear, normalized, activated : arrays, shape (L, N, C)
        Of the last ``run``: output of the linear layers, of batch normalization (without it an
        alias of ``linear``) and of the activation.
    logits : array, shape (N, K)

    Raises
    ------
    ValueError
        If the network has what this cannot do, or the batch size does not divide the examples.

    Examples
    --------
    >>> from bnviz.core.network.init import mlp_weights
    >>> spec = Spec(n_inputs=2, width=8, depth=3, n_classes=2)
    >>> start = Parameters.start(spec, mlp_weights(spec.sizes, "relu", 1.0, seed=0), np.float64)
    >>> passage = Passage(spec, np.random.default_rng(0).normal(size=(12, 2)), batch_size=4)
    >>> passage.run(start)
    >>> passage.activated.shape, passage.logits.shape
    ((3, 12, 8), (12, 2))
    """

    def __init__(self, spec: Spec, x_ND: Array, batch_size: int) -> None:
        more = spec.skip or spec.dropout or spec.weight_norm != "none"
        if spec.norm not in ("none", "bn") or more:
            raise ValueError("a passage is for networks with norm 'none' or 'bn' and nothing else")
        n = len(x_ND)
        if batch_size < 1 or n % batch_size:
            raise ValueError(f"batch_size must divide the {n} examples, got {batch_size}")
        self.spec, self.x_ND, self.batch_size = spec, x_ND, batch_size
        shape = (spec.depth, n, spec.width)
        self.linear, self.activated = np.empty(shape, x_ND.dtype), np.empty(shape, x_ND.dtype)
        self.normalized = np.empty_like(self.linear) if spec.norm == "bn" else self.linear
        self.logits = np.empty((n, spec.n_classes), x_ND.dtype)
        self._scratch = np.empty(shape[1:], x_ND.dtype)
        self._average = np.full((1, batch_size), 1 / batch_size, x_ND.dtype)

    @property
    def unnormalized(self) -> Array:
        """What batch normalization reads, shape (L, N, C)."""
        return self.linear if self.spec.placement == "before" else self.activated

    def run(self, parameters: Parameters, running_stats: Array | None = None) -> None:
        """Send the examples through the network.

        Parameters
        ----------
        parameters : Parameters
        running_stats : array, shape (2, L, C), optional
            Evaluation mode: normalize with these means and variances.
        """
        spec, h = self.spec, self.x_ND
        after = spec.norm == "bn" and spec.placement == "after"
        for layer in range(spec.depth):
            z, y, a = self.linear[layer], self.normalized[layer], self.activated[layer]
            _linear(h, parameters, layer, z)
            if after:
                activate(spec.activation, z, a)
                self._normalize(parameters, layer, a, y, running_stats)
            else:
                if spec.norm == "bn":
                    self._normalize(parameters, layer, z, y, running_stats)
                activate(spec.activation, y, a)
            h = y if after else a
        _linear(h, parameters, spec.depth, self.logits)

    def _normalize(
        self, p: Parameters, layer: int, x_NC: Array, y_NC: Array, running_stats: Array | None
    ) -> None:
        gamma_C, beta_C = p.gamma[layer], p.beta[layer]
        if running_stats is not None:
            mean_C, var_C = running_stats[:, layer]
            scale_C = gamma_C / np.sqrt(var_C + self.spec.eps)
            np.subtract(x_NC, mean_C, out=y_NC)
            np.multiply(y_NC, scale_C, out=y_NC)
        else:
            x_GBC, y_GBC, square_GBC = (
                part.reshape(-1, self.batch_size, part.shape[-1])
                for part in (x_NC, y_NC, self._scratch)
            )
            np.subtract(x_GBC, self._average @ x_GBC, out=y_GBC)
            np.multiply(y_GBC, y_GBC, out=square_GBC)
            var_G1C = self._average @ square_GBC
            np.multiply(y_GBC, gamma_C / np.sqrt(var_G1C + self.spec.eps), out=y_GBC)
        np.add(y_NC, beta_C, out=y_NC)


def _linear(x_ND: Array, p: Parameters, layer: int, z_NC: Array) -> None:
    np.dot(x_ND, p.weights[layer], out=z_NC)
    bias_C = p.biases[layer]
    if bias_C is not None:
        np.add(z_NC, bias_C, out=z_NC)
