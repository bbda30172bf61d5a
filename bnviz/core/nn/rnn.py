"""A recurrent network with batch normalization in its recurrence.

Letters: **T** steps, **N** batch, **D** inputs, **H** hidden units.
"""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional import batch_norm, batch_norm_backward
from bnviz.core.functional.checks import check_size, incoming
from bnviz.core.functional.sums import floating
from bnviz.core.nn.module import Module, float_dtype
from bnviz.core.nn.tracking import check_eps

NORMS = ("bn", "none")


class Step(NamedTuple):
    """What one step of the recurrence leaves behind for the way back."""

    x_ND: Array
    before_NH: Array
    after_NH: Array
    caches: tuple[Any, Any]  # of the two normalizations: of the input, of the past


class RNN(Module):
    """Read a sequence with tanh units whose two terms are normalized at each step.

    Parameters
    ----------
    input_size, hidden_size : int
        D and H.
    n_steps : int
        Steps that have running statistics of their own. Later steps share those of the last.
    norm : {"bn", "none"}
        ``"none"`` is the tanh network of ``torch.nn.RNN``.
    gamma : float
        Start of both gammas; the authors start with 0.1.
    momentum : float
        Weight of the **new** batch in the running statistics.
    eps, rng, dtype
        As in all layers.

    Attributes
    ----------
    weight_ih, weight_hh : array, shape (H, D) and (H, H)
        Of the input and of the past.
    bias : array, shape (H,)
    gamma_ih, gamma_hh : array, shape (H,), or None
    running_mean_ih, running_var_ih, running_mean_hh, running_var_hh : array or None
        Of shape (n_steps, H): one row for each step.
    dh : array, shape (T, N, H)
        After ``backward``: gradient of the loss with respect to the hidden state after each step,
        on all its ways, through later steps too.

    Notes
    -----
    ::

        h_t = tanh(BN_t(W_ih x_t; gamma_ih) + BN_t(W_hh h_(t-1); gamma_hh) + bias)      h_0 = 0

    What surprises people:

    * The statistics are of the *step*, not of the sequence: early hidden states scatter far less
      than late ones. So evaluation needs a table of them, and a longest length.
    * The two terms are normalized apart. There is no beta: the bias is enough.
    * The past of the first step is 0 for all samples, so its variance is 0 and its term too.
    * gamma = 0.1 keeps tanh in its steep middle, which the authors hold responsible for the
      gradients. Whether they vanish or explode also depends on the inputs: measure it.

    The bias stands for both of PyTorch's. All weights start uniform within 1 / sqrt(H), as there.

    Source: Cooijmans et al. 2017, section 3 (there for an LSTM) and section 4 on gamma.

    Examples
    --------
    >>> rnn = RNN(2, 3, n_steps=4, rng=0, dtype=np.float64)
    >>> x_TND = np.random.default_rng(1).normal(size=(4, 5, 2))
    >>> rnn(x_TND).shape
    (4, 5, 3)
    >>> rnn.backward(np.ones((4, 5, 3))).shape
    (4, 5, 2)
    """

    PARAMETERS = ("weight_ih", "weight_hh", "bias", "gamma_ih", "gamma_hh")
    BUFFERS = ("running_mean_ih", "running_var_ih", "running_mean_hh", "running_var_hh")

    gamma_ih: Array | None
    gamma_hh: Array | None
    running_mean_ih: Array | None
    running_var_ih: Array | None
    running_mean_hh: Array | None
    running_var_hh: Array | None
    dh: Array

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        n_steps: int,
        norm: str = "bn",
        gamma: float = 0.1,
        eps: float = 1e-5,
        momentum: float = 0.1,
        rng: np.random.Generator | int | None = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
            check_size(name, size)
        check_size("n_steps", n_steps)
        check_eps(eps)
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {NORMS}, got {norm!r}")
        if not all(isinstance(v, Real) and np.isfinite(v) for v in (gamma, momentum)):
            raise ValueError(
                f"gamma and momentum must be finite numbers, got {gamma!r} and {momentum!r}"
            )
        self.input_size, self.hidden_size, self.n_steps = input_size, hidden_size, n_steps
        self.norm, self.eps, self.momentum = norm, eps, momentum
        dtype, rng = float_dtype(dtype), np.random.default_rng(rng)
        bound = hidden_size**-0.5
        shapes = (hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,)
        weights = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
        self.weight_ih, self.weight_hh, self.bias = weights
        self._start_norms(gamma, dtype)

    def _start_norms(self, gamma: float, dtype: np.dtype[Any]) -> None:
        """Make the gammas and the running statistics, or None where nothing is normalized."""
        with_bn, table = self.norm == "bn", (self.n_steps, self.hidden_size)
        for of in ("ih", "hh"):
            setattr(self, f"gamma_{of}", np.full(table[1], gamma, dtype) if with_bn else None)
            setattr(self, f"running_mean_{of}", np.zeros(table, dtype) if with_bn else None)
            setattr(self, f"running_var_{of}", np.ones(table, dtype) if with_bn else None)

    def forward(self, x: Array) -> Array:
        """Return the hidden state after each step, shape (T, N, H), for ``x`` of (T, N, D)."""
        x_TND = floating(x, "x")
        if x_TND.ndim != 3 or x_TND.shape[2] != self.input_size:
            raise ValueError(f"x must have the shape (T, N, {self.input_size}), got {x_TND.shape}")
        h_NH: Array = np.zeros((x_TND.shape[1], self.hidden_size), x_TND.dtype)
        steps: list[Step] = []
        for t, x_ND in enumerate(x_TND):
            steps.append(self._step(x_ND, h_NH, t))
            h_NH = steps[-1].after_NH
        shape = (*x_TND.shape[:2], self.hidden_size)
        y = np.array([step.after_NH for step in steps], x_TND.dtype).reshape(shape)
        return self._remember(y, (steps, x_TND.shape, x_TND.dtype))

    def _step(self, x_ND: Array, before_NH: Array, t: int) -> Step:
        """Return the hidden state after step t, and what its way back needs."""
        dtype = x_ND.dtype
        from_input, cache_ih = self._normalize(x_ND @ self.weight_ih.T.astype(dtype), "ih", t)
        from_past, cache_hh = self._normalize(before_NH @ self.weight_hh.T.astype(dtype), "hh", t)
        after_NH = np.tanh(from_input + from_past + self.bias.astype(dtype))
        return Step(x_ND, before_NH, after_NH, (cache_ih, cache_hh))

    def _normalize(self, term_NH: Array, of: str, t: int) -> tuple[Array, Any]:
        """Normalize one term with the statistics of step t."""
        if self.norm == "none":
            return term_NH, None
        row = min(t, self.n_steps - 1)
        stats = (getattr(self, f"running_{what}_{of}")[row] for what in ("mean", "var"))
        return batch_norm(
            term_NH,
            getattr(self, f"gamma_{of}"),
            None,
            *stats,
            training=self.training,
            momentum=self.momentum,
            eps=self.eps,
        )

    def backward(self, dy: Array) -> Array:
        """Return ``dx`` by going back through all steps; leave the other gradients behind.

        Those of the parameters are in ``grads``, those of the hidden states in ``dh``. ``dy``, of
        the shape (T, N, H), belongs to the hidden state after each step.
        """
        steps, shape, dtype = self._remembered()
        dy = incoming(dy, (*shape[:2], self.hidden_size), dtype)
        self.grads = {n: np.zeros(p.shape, dtype) for n, p in self.parameters().items()}
        dx_TND = np.empty(shape, dtype)
        self.dh = np.array(dy, dtype)
        dh_NH: Array = np.zeros((shape[1], self.hidden_size), dtype)
        for t in reversed(range(len(steps))):
            self.dh[t] += dh_NH
            dx_TND[t], dh_NH = self._step_back(self.dh[t], steps[t])
        return dx_TND

    def _step_back(self, dafter_NH: Array, step: Step) -> tuple[Array, Array]:
        """Return the gradients of the input and of the state before; add to the others."""
        dsum_NH = dafter_NH * (1 - step.after_NH**2)
        self.grads["bias"] += dsum_NH.sum(axis=0)
        found = []
        for of, a, cache in zip(("ih", "hh"), step[:2], step.caches, strict=True):
            dterm_NH: Array = dsum_NH
            if cache is not None:
                dterm_NH, dgamma, _ = batch_norm_backward(dsum_NH, cache)
                self.grads[f"gamma_{of}"] += dgamma
            self.grads[f"weight_{of}"] += dterm_NH.T @ a
            found.append(dterm_NH @ getattr(self, f"weight_{of}").astype(dterm_NH.dtype))
        return found[0], found[1]
