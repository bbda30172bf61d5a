"""What a check-up measured: plain numbers and arrays, ready to be judged, saved and drawn.

The file is longer than others: it is one table, and most of it says what each number means.

A `Record` holds statistics only: no weights of the network, and no data. The scale and shift of the
norm layers are there while they are judged; a file keeps their quantiles (``gamma_spread``,
``beta_spread``) and leaves ``gamma`` and ``beta`` out.

Four modes recur, on the same batches and with the weights as they are:

``train``
    As training runs: dropout is active, norm layers use the batch. If the model was handed over in
    training mode, its own modes; else all in training mode.
``eval``
    As it is deployed: all in evaluation mode, with the running statistics as they are.
``batch``
    Evaluation mode, but each norm layer uses the statistics of its batch.
``precise``
    Evaluation mode, with the pooled statistics of all batches in the place of the running ones.

Letters: **C** channels, **G** batches, **K** calls of a layer in one forward pass.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array

KINDS = {
    "batch": "batch norm",
    "sync": "batch norm whose processes share statistics",
    "instance": "instance norm with running statistics",
    "frozen": "running statistics that no mode updates",
}
MODES = {
    "train": "training mode",
    "eval": "evaluation mode",
    "batch": "evaluation with batch statistics",
    "precise": "evaluation with precise statistics",
    "finite": "evaluation, precise where not finite",
}
QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
# Binary digits of a number, the leading one included.
BITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}


@dataclass(frozen=True, eq=False, kw_only=True)
class Neighbours:
    """What stands before and behind a norm layer, as far as one forward pass could tell.

    Attributes
    ----------
    before : str
        The operation that made its input, in PyTorch's words, such as "conv2d", "linear" or "add";
        "" if unknown.
    bias_before : bool
        That operation is linear and adds a bias.
    groups_before : int
        Groups of that convolution; 1 if it is none.
    transposed_before : bool
        That convolution is a transposed one.
    input_shared : bool
        Another operation reads the layer's input too: a branch begins there.
    dropout_before : float
        The largest rate of the dropouts on the way from the last norm layer, or the data, to this
        one, whether they are active or not; 0 if there is none.
    behind : tuple of str
        The operations that read its output.
    relu_behind : bool
        One of them is a ReLU, also in one of its variants that are 0 below 0.
    padded_conv_behind : bool
        One of them is a convolution that pads with zeros.
    """

    before: str = ""
    bias_before: bool = False
    groups_before: int = 1
    transposed_before: bool = False
    input_shared: bool = False
    dropout_before: float = 0.0
    behind: tuple[str, ...] = ()
    relu_behind: bool = False
    padded_conv_behind: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """One norm layer with running statistics, or with statistics of the batch alone.

    Attributes
    ----------
    name : str
        As in ``named_modules()``; "" is the model itself.
    kind : str
        A key of ``KINDS``.
    class_name : str
        Of the module, such as "BatchNorm2d".
    channels : int
        C.
    eps : float or None
        None if the module does not say.
    momentum : float or None
        None for a cumulative average, and for a frozen layer.
    affine : bool
        It scales and shifts.
    tracks : bool
        It has running statistics. Without them it uses those of the batch in each mode.
    training : bool
        Its mode when it was handed over.
    learns : bool
        Its scale or shift needs a gradient.
    dtype : str
        Of its running statistics, else of its scale, such as "float32".
    counter : int or None
        ``num_batches_tracked``.
    gamma, beta : array, shape (C,), or None
        Scale and shift; None without them, and in a record that was read from a file.
    gamma_spread, beta_spread : tuple of float
        Their ``QUANTILES`` over the channels; () without them.
    gamma_decay, beta_decay : float or None
        Weight decay that the optimizer gives them; None without an optimizer, or not in it.
    running_mean, running_var : array, shape (C,), or None
        As handed over.
    mean, var : array, shape (C,)
        Precise statistics: of all values of all batches together, in mode ``batch``; the variance
        divides by the count. For instance norm the mean over samples of their means, and of their
        unbiased variances.
    noise : array, shape (C,)
        Standard deviation of the means of the batches around the precise one, in standard
        deviations of the values; 0 for instance norm.
    n_values : int
        Values per channel in all batches together.
    values_per_batch : tuple of int
        Values per channel that one call normalizes, N·H·W; the smallest of the calls, per batch.
    scatter : array, shape (C,), or None
        Variance between the means of the batches, over what samples drawn at random give: an F
        ratio of sample means, 1 on average however the values inside of a sample depend on each
        other. Measured in mode ``precise``, where no sample touches another: in mode ``batch`` the
        layers below would take the difference away. None if no batch has two samples, or there is
        only one batch.
    scatter_dof : tuple of int
        Its degrees of freedom: batches - 1, and samples - batches; (0, 0) without it.
    batch_shift : tuple of float
        For each batch, the distance of its means from the precise ones: root mean square over the
        channels, in standard deviations.
    calls : int
        Calls in one forward pass.
    updates : int or None
        How often the statistics moved in one training step, forward and backward; None where it
        could not be measured.
    call_means, call_vars : array, shape (K, C), or None
        Precise statistics of each call, where there are several.
    trained_mean, trained_var : array, shape (C,), or None
        Like ``mean`` and ``var``, in mode ``train``; None if nothing there is random or fixed, so
        that they would be the same.
    eval_mean, eval_var : array, shape (C,), or None
        Like ``mean`` and ``var``, of the evaluation data; None without them.
    input_dtype : str
        Of what it normalizes.
    positive_share : array, shape (C,)
        Share of its outputs above 0 in mode ``eval``: what passes a ReLU behind it.
    output_gap : float
        Difference of its outputs in modes ``batch`` and ``eval``, root mean square, over their
        standard deviation in mode ``batch``. It grows from the layers below as well.
    neighbours : Neighbours
    """

    name: str
    kind: str
    class_name: str
    channels: int
    eps: float | None
    momentum: float | None
    affine: bool
    tracks: bool
    training: bool
    learns: bool
    dtype: str
    counter: int | None
    gamma: Array | None
    beta: Array | None
    gamma_spread: tuple[float, ...]
    beta_spread: tuple[float, ...]
    gamma_decay: float | None
    beta_decay: float | None
    running_mean: Array | None
    running_var: Array | None
    mean: Array
    var: Array
    noise: Array
    n_values: int
    values_per_batch: tuple[int, ...]
    scatter: Array | None
    scatter_dof: tuple[int, ...]
    batch_shift: tuple[float, ...]
    calls: int
    updates: int | None
    call_means: Array | None
    call_vars: Array | None
    trained_mean: Array | None
    trained_var: Array | None
    eval_mean: Array | None
    eval_var: Array | None
    input_dtype: str
    positive_share: Array
    output_gap: float
    neighbours: Neighbours

    @property
    def finite(self) -> bool:
        """Return whether all running statistics are finite (True without any)."""
        return not self.non_finite.any()

    @property
    def non_finite(self) -> np.ndarray:
        """Return which channels have a running mean or variance of NaN or inf, shape (C,)."""
        if self.running_mean is None or self.running_var is None:
            return np.zeros(self.channels, bool)
        return ~(np.isfinite(self.running_mean) & np.isfinite(self.running_var))

    @property
    def mean_distance(self) -> Array | None:
        """Return running mean minus precise mean, in standard deviations, shape (C,)."""
        if self.running_mean is None:
            return None
        return (self.running_mean - self.mean) / np.sqrt(self.var + (self.eps or 0.0))

    @property
    def log_var_ratio(self) -> Array | None:
        """Return the natural log of running over precise variance, each plus eps, shape (C,)."""
        if self.running_var is None:
            return None
        eps = self.eps or 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log((self.running_var + eps) / (self.var + eps))

    @property
    def within_var(self) -> Array:
        """Return the mean of the biased variances inside the batches, by their counts, (C,).

        It forgets how the means of the batches differ.
        """
        return self.var * (1.0 - np.square(self.noise))

    @property
    def digits_lost(self) -> Array:
        """Return the share of the input's digits that the mean takes from the deviations, (C,)."""
        std = np.sqrt(self.var)
        large = np.abs(self.mean) > std
        ratio = np.divide(np.abs(self.mean), std, out=np.full(self.channels, np.inf), where=std > 0)
        bits = np.log2(ratio, out=np.zeros(self.channels), where=large)
        return np.clip(bits / BITS.get(self.input_dtype, 24), 0.0, 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Independent:
    """A norm layer that looks at one sample at a time: layer, group, RMS or plain instance norm."""

    name: str
    class_name: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcome:
    """What the whole model gives in one mode.

    Attributes
    ----------
    mode : str
        A key of ``MODES``. "precise", "batch" and "finite" are repairs tried without training.
    data : str
        "train" for the loader, "eval" for the evaluation loader.
    loss, accuracy : float or None
        Mean over the samples; None if there is no loss, or y is no class. The loss may be NaN.
    n_samples : int
        How many it is the mean of.
    finite_share : float
        Share of the outputs that are finite.
    gap : float or None
        Difference from the outputs in mode ``batch``, root mean square, over their standard
        deviation; 0 for that mode itself. None if the loader gave other batches the second time.
    """

    mode: str
    data: str
    loss: float | None
    accuracy: float | None
    n_samples: int
    finite_share: float
    gap: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """A whole check-up.

    Attributes
    ----------
    model : str
        The class of the model.
    training : bool
        Mode of the model itself when it was handed over.
    layers : tuple of Layer
        In the order of their first calls; layers that no forward pass calls are not there.
    independent : tuple of Independent
        Norm layers that no batch can disturb.
    uncalled : tuple of str
        Names of norm layers with statistics that the forward pass did not call.
    functional_calls : int
        Calls of the function batch_norm outside of any norm layer, in one forward pass. They are
        not examined.
    outcomes : tuple of Outcome
    loss_name : str
        Which loss was measured, or why none was.
    batch_sizes, eval_batch_sizes : tuple of int
        Samples in each batch of the loader, and of the evaluation loader; () without one.
    last_batch : int or None
        Samples in the last batch of an epoch, as the loader tells by its lengths; None if it does
        not.
    whole_epoch : bool
        The loader ended before ``max_batches`` was reached.
    batch_dependence : float or None
        Difference of the outputs in mode ``eval`` for half a batch, with the other half and
        without it: root mean square over their standard deviation. None if not measured.
    refused : tuple of str
        What training mode refused: one sentence for each batch, in PyTorch's words.
    world_size : int
        Processes that train together; 1 if there is no group.
    averaged : Record or None
        The same of the averaged model, if one was given.
    n_passes : int
        Forward passes made, each over one batch.
    seconds, forward_seconds : float
        Duration of the check-up, and of the forward passes in it.
    torch_version : str
    """

    model: str
    training: bool
    layers: tuple[Layer, ...]
    independent: tuple[Independent, ...]
    uncalled: tuple[str, ...]
    functional_calls: int
    outcomes: tuple[Outcome, ...]
    loss_name: str
    batch_sizes: tuple[int, ...]
    eval_batch_sizes: tuple[int, ...]
    last_batch: int | None
    whole_epoch: bool
    batch_dependence: float | None
    refused: tuple[str, ...]
    world_size: int
    averaged: "Record | None"
    n_passes: int
    seconds: float
    forward_seconds: float
    torch_version: str

    def outcome(self, mode: str, data: str = "train") -> Outcome | None:
        """Return what was measured in a mode, or None."""
        found = (o for o in self.outcomes if (o.mode, o.data) == (mode, data))
        return next(found, None)
