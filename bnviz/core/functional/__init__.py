"""Normalizers written as pure forward and backward passes.

All of them are one sentence: *take the mean and the variance over some axes, standardize, then
scale and shift*. They differ in the axes. Read ``axes.py`` first: it holds that sentence and its
gradient; ``affine.py`` has its last words. The others are thin, checked wrappers:

============== ================================================ =================================
file           statistics over                                  the surprise
============== ================================================ =================================
batch.py       N, H, W                                          evaluation is another function
layer.py       the last axes                                    gamma differs along those axes
group.py       C / G, H, W                                      the order of the channels matters
instance.py    H, W                                             group norm with G = C
rms.py         the last axes, and no mean is taken out          so not the one sentence
renorm.py      N, H, W, then corrected by the running ones      ``dx`` is not the derivative
ghost.py       N / G, H, W                                      one batch, several statistics
sync.py        N, H, W on all devices together                  several devices, one statistic
conditional.py N, H, W                                          gamma and beta of each sample
adain.py       H, W                                             gamma and beta are measured
============== ================================================ =================================

``checks.py`` is what they refuse, and in which words. ``sums.py`` is how to sum quickly and
exactly, and may wait.

**What holds for all of them**, and is not said again at each:

* A normalizer returns ``(y, cache)``. Its backward pass takes ``(dy, cache)`` and returns the
  gradients of the loss: ``dx``, then those of the parameters, in their shape. A cache may be used
  again.
* ``d`` + name is the gradient of the loss with respect to that name. Gradients are sums over the
  batch, not means, and those of gamma and beta are given also where these were None.
* Inputs are float16, float32 or float64, and never modified; only running statistics are updated
  in place, in training. ``y`` and ``dx`` have the shape and dtype of ``x``. The work on float16 is
  done in float32.
* The channel is axis 1 of ``x``: (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W). Layer norm and
  RMS norm look at the last axes instead.
* ``gamma`` and ``beta`` scale and shift. None stands for 1 and for 0, each on its own.
* ``running_mean`` and ``running_var`` have the shape (C,), both or neither. ``momentum`` is the
  weight of the **new** batch in them, as in PyTorch. ``training=False`` reads them.
* ``eps`` is added to the variance, inside the square root. ``eps=0`` is computed; values that are
  all the same are then 0 / 0, NaN, with NumPy's own warning.
* An empty batch gives an empty ``y``, and leaves the running statistics alone.
* NaN or infinity spoils the values that share its statistics, and no others.
* ValueError says what does not fit: an array that is not of floats or has another shape than is
  said (size 1 included, which NumPy would broadcast silently), statistics of a single value in
  training, ``training=False`` without running statistics, a negative eps, an eps or a momentum
  that is not finite, a ``dy`` that is not shaped like ``y``.
"""

from bnviz.core.functional.adain import AdaINCache, adain, adain_backward
from bnviz.core.functional.affine import scale_and_shift, scale_and_shift_backward
from bnviz.core.functional.axes import (
    Standardized,
    standardize,
    standardize_backward,
    standardize_with,
)
from bnviz.core.functional.batch import (
    BatchNormCache,
    batch_norm,
    batch_norm_axes,
    batch_norm_backward,
)
from bnviz.core.functional.conditional import (
    ConditionalBatchNormCache,
    conditional_batch_norm,
    conditional_batch_norm_backward,
)
from bnviz.core.functional.ghost import (
    GhostBatchNormCache,
    ghost_batch_norm,
    ghost_batch_norm_backward,
)
from bnviz.core.functional.group import GroupNormCache, group_norm, group_norm_backward
from bnviz.core.functional.instance import (
    InstanceNormCache,
    instance_norm,
    instance_norm_backward,
)
from bnviz.core.functional.layer import LayerNormCache, layer_norm, layer_norm_backward
from bnviz.core.functional.renorm import BatchRenormCache, batch_renorm, batch_renorm_backward
from bnviz.core.functional.rms import RMSNormCache, rms_norm, rms_norm_backward
from bnviz.core.functional.sums import (
    count_over,
    mean_of_products,
    mean_over,
    sum_of_products,
    sum_over,
)
from bnviz.core.functional.sync import (
    SyncBatchNormCache,
    sync_batch_norm,
    sync_batch_norm_backward,
)

__all__ = [
    "AdaINCache",
    "BatchNormCache",
    "BatchRenormCache",
    "ConditionalBatchNormCache",
    "GhostBatchNormCache",
    "GroupNormCache",
    "InstanceNormCache",
    "LayerNormCache",
    "RMSNormCache",
    "Standardized",
    "SyncBatchNormCache",
    "adain",
    "adain_backward",
    "batch_norm",
    "batch_norm_axes",
    "batch_norm_backward",
    "batch_renorm",
    "batch_renorm_backward",
    "conditional_batch_norm",
    "conditional_batch_norm_backward",
    "count_over",
    "ghost_batch_norm",
    "ghost_batch_norm_backward",
    "group_norm",
    "group_norm_backward",
    "instance_norm",
    "instance_norm_backward",
    "layer_norm",
    "layer_norm_backward",
    "mean_of_products",
    "mean_over",
    "rms_norm",
    "rms_norm_backward",
    "scale_and_shift",
    "scale_and_shift_backward",
    "standardize",
    "standardize_backward",
    "standardize_with",
    "sum_of_products",
    "sum_over",
    "sync_batch_norm",
    "sync_batch_norm_backward",
]
