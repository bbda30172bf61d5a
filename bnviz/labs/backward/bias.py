"""The bias in front of a batch norm: its gradient, and what happens when it moves.

Shape legend: N batch, D inputs, C width, K classes, S shifts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bnviz.core import bn, data
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.unit import Unit, evaluate, unit, with_constants

WIDTH = 16
SHIFTS = np.linspace(-3, 3, 25)
"""What is added to every bias of the layer; its outputs have a standard deviation near 1."""
CASES = ("train", "train, float32", "constants", "eval")
"""Ways to compute the gradients, in float64 unless named otherwise."""


@dataclass(frozen=True, eq=False)
class Bias:
    """A layer of 16 units on digits: linear with bias, batch norm, ReLU, then the logits.

    Attributes
    ----------
    weight_4, bias_4 : arrays, shape (4,)
        Norm of the gradient of the layer's weights and of its bias, in each of the ``CASES``.
    shift_S, loss_train_S, loss_eval_S : arrays, shape (S,)
        Loss of the batch, in nats, with a number added to every bias, in both modes.
    unit : Unit
        That of the other views.
    """

    weight_4: Array
    bias_4: Array
    shift_S: Array
    loss_train_S: Array
    loss_eval_S: Array
    unit: Unit


def measure(settings: Settings) -> Bias:
    """Measure what the bias of a layer gets, and what it can do."""
    layer = Layer(settings)
    norms = [
        layer.gradient_norms("train"),
        layer.gradient_norms("train", dtype=np.float32),
        layer.gradient_norms("train", constants=True),
        layer.gradient_norms("eval"),
    ]
    weight_4, bias_4 = np.array(norms).T
    train, evaluated = (
        np.array([layer.loss(mode, b) for b in SHIFTS]) for mode in ("train", "eval")
    )
    return Bias(weight_4, bias_4, SHIFTS, train, evaluated, unit(settings))


class Layer:
    """The layer at the start of its training, with a batch of digits."""

    def __init__(self, settings: Settings) -> None:
        split = data.load("digits")
        rng = np.random.default_rng([settings.seed, 3])
        batch = rng.permutation(len(split.x_train))[: settings.batch_size]
        self.x_ND: Array = split.x_train[batch].astype(np.float64)
        self.labels_N: NDArray[np.integer] = split.y_train[batch]
        sizes = (split.x_train.shape[1], WIDTH, split.n_classes)
        self.weight_DC, self.weight_CK = mlp_weights(sizes, "relu", 1.0, settings.seed)
        self.gamma_C, self.eps = np.full(WIDTH, settings.gamma), settings.eps
        z_MC = split.x_train @ self.weight_DC
        self.running = z_MC.mean(0), z_MC.var(0, ddof=1)

    def _forward(
        self, mode: str, bias: float, dtype: DTypeLike
    ) -> tuple[float, Array, Array, bn.Forward]:
        z_NC = (self.x_ND @ self.weight_DC + bias).astype(dtype)
        gamma_C, beta_C = self.gamma_C.astype(dtype), np.zeros(WIDTH, dtype)
        if mode == "train":
            y_NC, done = bn.forward(z_NC, gamma_C, beta_C, self.eps)
        else:
            y_NC, done = evaluate(z_NC, gamma_C, beta_C, self.running, self.eps)
        logits_NK = np.maximum(y_NC, 0) @ self.weight_CK.astype(dtype)
        loss, dlogits_NK = cross_entropy(logits_NK, self.labels_N)
        return loss, y_NC, dlogits_NK, done

    def loss(self, mode: str, bias: float) -> float:
        """Return the loss with a number added to every bias."""
        return self._forward(mode, bias, np.float64)[0]

    def gradient_norms(
        self, mode: str, *, constants: bool = False, dtype: DTypeLike = np.float64
    ) -> tuple[float, float]:
        """Return the norm of the gradient of the weights and of the bias."""
        _, y_NC, dlogits_NK, done = self._forward(mode, 0.0, dtype)
        dy_NC = (dlogits_NK @ self.weight_CK.T.astype(dtype)) * (y_NC > 0)
        fixed = constants or mode == "eval"
        dz_NC, _, _ = with_constants(dy_NC, done) if fixed else bn.backward(dy_NC, done)
        dweight_DC, dbias_C = self.x_ND.T.astype(dtype) @ dz_NC, dz_NC.sum(0)
        return float(np.linalg.norm(dweight_DC)), float(np.linalg.norm(dbias_C))
