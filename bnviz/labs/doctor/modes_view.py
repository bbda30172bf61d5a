"""The views on faults of the mode."""

from bnviz.labs.doctor import modes
from bnviz.labs.doctor.case_view import ACCURACY, LOSS, Quantity, Told, view
from bnviz.labs.doctor.network import fickle, recorded
from bnviz.labs.train_eval.training import score

FICKLE = Quantity("fickle", "Answers that others change", "%", percent=True, top=0.5)
RUNNING = Quantity("running", "Running mean", digits=2)
AT_MEAN = Quantity("at_mean", "Eval output of the training mean", digits=2)


NOISE = (
    r"\text{layer 1 in train():} \quad \hat x &= \frac{x - \bar x}{s}, \quad "
    r"\text{std}(\bar x) = \frac{\sigma}{\sqrt{m}} \text{ for } m \text{ images}",
)

ALONE = (r"\mu = x,\; \sigma^2 = 0: \qquad \hat x &= \frac{x - x}{\sqrt{0 + \epsilon}} = 0",)


k, share = modes.N_VALIDATION, 1 - 0.9**modes.N_VALIDATION
MOVED = (rf"1 - (1 - 0.1)^{k} &= {share:.2f} \text{{ of the way to the validation data}}",)


VIEWS = {
    "depends-on-batch": (
        view(
            Told(
                "depends_on_batch",
                "Batch statistics in use",
                modes.depends_on_batch,
                (LOSS, ACCURACY, FICKLE),
                NOISE,
                (fickle, score),
                "eval() forgotten and `track_running_stats=False` come to the same.",
            )
        ),
    ),
    "batch-too-small": (
        view(
            Told(
                "batch_of_one",
                "A batch of one",
                modes.batch_of_one,
                (LOSS, ACCURACY),
                ALONE,
                (score,),
                "PyTorch refuses such a batch; without that check every image gets the same "
                "answer.",
            )
        ),
    ),
    "mixed-modes": (
        view(
            Told(
                "mixed_modes",
                "One layer in train()",
                modes.mixed_modes,
                (LOSS, ACCURACY),
                NOISE,
                (modes.first_layer_trains,),
            )
        ),
    ),
    "updates-while-frozen": (
        view(
            Told(
                "updates_while_frozen",
                "Validated in train()",
                modes.updates_while_frozen,
                (LOSS, ACCURACY),
                MOVED,
                (recorded, score),
                "No weight moved; the validation images are brighter than the test images.",
            )
        ),
        view(
            Told(
                "one_layer_moves",
                "One layer, no_grad()",
                modes.one_layer_moves,
                (RUNNING, AT_MEAN),
                MOVED,
                (modes.one_layer_moves,),
                "Five batches of mean 10 passed.",
            ),
            needs=("seed",),
        ),
    ),
}
