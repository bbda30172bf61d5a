"""The views on faults of the running statistics."""

from bnviz.core.stats.recalibration import precise_batch_norm
from bnviz.core.stats.running import start_share
from bnviz.labs.doctor import buffers
from bnviz.labs.doctor.case_view import ACCURACY, LOSS, Quantity, Told, view
from bnviz.labs.doctor.network import recorded
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.training import N_STEPS, kept
from bnviz.numerals import latex_short

BAD = Quantity("bad", "Channels without a number", "of 192", top=192)
NEWEST = Quantity("newest", "Weight of the newest batch", top=0.25)
MEAN = Quantity("mean", "Mean that is kept")
VARIANCE = Quantity("variance", "Variance that is kept")


left = latex_short(start_share(buffers.STALE, N_STEPS))
LEFT = (rf"(1 - p)^t &= {1 - buffers.STALE}^{{{N_STEPS}}} = {left} \text{{ of the start is left}}",)


left = latex_short(start_share(buffers.SWAPPED, 2))
LAST = (
    rf"p = {buffers.SWAPPED}: \qquad (1 - p)^2 &= {left} "
    r"\text{ is left of all but the last two batches}",
)


START = (r"\text{eval:} \quad \hat x &= \frac{x - 0}{\sqrt{1 + \epsilon}} \approx x",)


POISON = (
    r"0.9 \cdot \mu + 0.1 \cdot \infty &= \infty",
    r"\text{50 batches later:} \quad 0.9^{50} \cdot \infty &= \infty",
)


TWICE = (
    r"1 - (1 - 0.1)^2 &= 0.19",
    rf"p' = 1 - \sqrt{{1 - 0.1}} &= {buffers.HALF_MOMENTUM:.4f}: \quad 1 - (1 - p')^2 = 0.1",
)


AVERAGE = (
    r"\bar W = \tfrac{1}{k} \sum_j W_j: \quad \text{the mean and variance of } \bar W x "
    r"&\text{ are in no } \text{buffer}",
)


UNEVEN = (
    r"\tfrac{1}{3}(\mu_1 + \mu_2 + \mu_3) &\neq \tfrac{4}{10}\mu_1 + \tfrac{4}{10}\mu_2 + "
    r"\tfrac{2}{10}\mu_3",
    r"\overline{\sigma_j^2} &< \overline{\sigma_j^2} + \text{var}(\mu_j)",
)


VIEWS = {
    "stale-statistics": (
        view(
            Told(
                "stale",
                "Momentum too small",
                buffers.stale,
                (LOSS, ACCURACY),
                LEFT,
                (kept, precise),
                "The weights are the same in all cases; the last repair needs no training.",
            )
        ),
    ),
    "last-batch-statistics": (
        view(
            Told(
                "swapped",
                "Keras's momentum in PyTorch",
                buffers.swapped,
                (LOSS, ACCURACY),
                LAST,
                (kept, precise),
            )
        ),
    ),
    "never-updated": (
        view(
            Told(
                "never_updated",
                "Buffers not loaded",
                buffers.never_updated,
                (LOSS, ACCURACY),
                START,
                (buffers.untouched, precise),
            )
        ),
    ),
    "non-finite-statistics": (
        view(
            Told(
                "non_finite",
                "One batch with inf",
                buffers.non_finite,
                (ACCURACY, BAD),
                POISON,
                (recorded,),
                f"{buffers.N_GOOD} good batches do not mend it; no weight moved.",
            )
        ),
    ),
    "double-update": (
        view(
            Told(
                "double_update",
                "Two updates a step",
                buffers.double_update,
                (NEWEST, LOSS, ACCURACY),
                TWICE,
                (recorded,),
                "Weights and gradients are the same; the running values scatter more.",
            )
        ),
    ),
    "averaged-weights": (
        view(
            Told(
                "averaged_weights",
                "Averaged weights",
                buffers.averaged_weights,
                (LOSS, ACCURACY),
                AVERAGE,
                (buffers.averaged, precise),
            )
        ),
        view(
            Told(
                "uneven_batches",
                "update_bn, batches of 4, 4, 2",
                buffers.uneven_batches,
                (MEAN, VARIANCE),
                UNEVEN,
                (precise_batch_norm,),
                "The last batch is half as large and has another mean; a mean over batches weighs it fully.",
            ),
            needs=("seed",),
        ),
    ),
}
