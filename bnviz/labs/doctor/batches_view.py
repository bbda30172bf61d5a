"""The views on faults of the batches."""

from bnviz.core.functional import ghost_batch_norm, sync_batch_norm
from bnviz.labs.doctor import batches
from bnviz.labs.doctor.case_view import ACCURACY, LOSS, Quantity, Told, view
from bnviz.labs.train_eval.precise import adapted
from bnviz.labs.train_eval.training import Training, score

RUNNING = Quantity("running", "Running mean", digits=2)
FIRST_TRAIN = Quantity("first_train", "First domain, mean in train()", top=1.0, digits=2)
FIRST_EVAL = Quantity("first_eval", "First domain, mean in eval()", top=1.0, digits=2)
APART_TRAIN = Quantity("apart_train", "How far apart in train()", top=2.2, digits=2)
APART_EVAL = Quantity("apart_eval", "How far apart in eval()", top=2.2, digits=2)
DX = Quantity("dx", "Gradient dx is off by", "%", percent=True, top=1.0)
Y = Quantity("y", "Output is off by", "%", percent=True, top=1.0)


CLASS = (
    r"x &= c + r, \; c \text{: class mean}",
    r"\hat x &= \frac{(c + r) - c}{\sqrt{\sigma^2 + \epsilon}}, \text{ no } c",
)


KINDS = (
    r"\text{apart:} \quad \overline{\hat x_{\text{real}}} "
    r"&= \overline{\hat x_{\text{made}}} = 0",
    rf"\text{{together:}} \quad \frac{{{batches.APART:.0f}}}{{\sqrt{{1 + 1}}}} &= "
    rf"{batches.APART / 2**0.5:.2f}",
)


c = batches.CONTRAST
PALE = (
    rf"\text{{layer 1:}} \quad \hat x &\approx \frac{{{c}\,(x - \mu)}}"
    r"{\sqrt{\sigma^2 + \epsilon}}",
)


DOMAINS = (
    r"\text{weight of the newest batch} &= \frac{1}{1 + 0.9} = 0.526",
    r"\text{running mean} &\approx 0.526 \cdot 10 + 0.474 \cdot 0 = 5.26",
)


PARTS = (
    r"\hat x_i &= \frac{x_i - \mu_{\text{part}}}{\sqrt{\sigma^2_{\text{part}} + \epsilon}} "
    r"\neq \frac{x_i - \mu_{\text{all}}}{\sqrt{\sigma^2_{\text{all}} + \epsilon}}",
)


VIEWS = {
    "dependent-batches": (
        view(
            Told(
                "one_class_per_batch",
                "One class per batch",
                batches.one_class_per_batch,
                (LOSS, ACCURACY),
                CLASS,
                (Training.step, score),
                "New statistics leave the weights as they are, learned from batches of one class.",
            )
        ),
        view(
            Told(
                "real_and_generated",
                "Real and generated",
                batches.real_and_generated,
                (APART_TRAIN, APART_EVAL),
                KINDS,
                (batches.real_and_generated,),
                "In batches of one kind, training does not see how far apart the kinds are; eval mode does.",
            ),
            needs=("seed",),
        ),
    ),
    "shifted-data": (
        view(
            Told(
                "shifted_data",
                "Pale test images",
                batches.shifted_data,
                (LOSS, ACCURACY),
                PALE,
                (adapted, score),
                "The repair used no label.",
            )
        ),
    ),
    "frozen-mismatch": (
        view(
            Told(
                "frozen_mismatch",
                "Frozen on other data",
                batches.frozen_mismatch,
                (LOSS, ACCURACY),
                PALE,
                (batches.tuned, adapted),
                "Both were fine-tuned for the same number of steps.",
            )
        ),
    ),
    "shared-layer": (
        view(
            Told(
                "shared_layer",
                "Two domains, one layer",
                batches.shared_layer,
                (RUNNING, FIRST_TRAIN, FIRST_EVAL),
                DOMAINS,
                (batches.shared_layer,),
                "The domains have the means 0 and 10, and alternate.",
            ),
            needs=("seed",),
        ),
    ),
    "batch-too-small": (
        view(
            Told(
                "accumulation",
                "Gradient accumulation",
                batches.accumulation,
                (DX,),
                PARTS,
                (batches.accumulation, ghost_batch_norm),
                "Accumulated parts are ghost batch norm, not the large batch.",
            ),
            needs=("seed",),
        ),
    ),
    "unsynchronized": (
        view(
            Told(
                "unsynchronized",
                "Processes of two samples",
                batches.unsynchronized,
                (Y, DX),
                PARTS,
                (batches.unsynchronized, sync_batch_norm),
            ),
            needs=("seed",),
        ),
    ),
}
