"""The views on faults of a layer and of what stands around it."""

from bnviz.labs.doctor import layer
from bnviz.labs.doctor.case_view import ACCURACY, LOSS, Quantity, Told, view
from bnviz.labs.train_eval.training import LR, N_STEPS

DEVIATION = Quantity("deviation", "Deviation of the outputs", top=1.1)
MOVED_TRAIN = Quantity("moved_train", "Outputs move, train()", top=1.1)
MOVED_EVAL = Quantity("moved_eval", "Outputs move, eval()", top=1.1)
RATIO = Quantity("ratio", "Variance in eval() / in train()", top=1.1)
GAMMA = Quantity("gamma", "Mean size of γ", top=1.1)
DEAD = Quantity("dead", "Units that are always 0", "of 192", top=100)


GAIN = (
    r"\text{std}(\hat x) = \sqrt{\frac{\sigma^2}{\sigma^2 + \epsilon}} &= "
    rf"\sqrt{{\frac{{10^{{-6}}}}{{10^{{-6}} + 10^{{-5}}}}}} = {(1 / 11) ** 0.5:.2f}",
)


CANCELS = (
    r"\text{train:} \quad (x + b) - \overline{(x + b)} &= x - \bar x",
    r"\text{eval:} \quad (x + b) - \mu &= x - \mu + b",
)


DROPPED = (
    r"\text{var in train} &= \frac{c^2 + v}{q} - c^2, \quad \text{var in eval} = v",
    rf"q = {1 - layer.DROP}, \text{{ ReLU of }} N(0, 1): \quad \text{{ratio}} &= 0.41",
)


DIGITS = (
    r"E[x^2] - E[x]^2 &= 100{,}000{,}001 - 100{,}000{,}000 \text{ with 7 digits} = 0",
    r"\sigma^2 = 300^2 &= 90{,}000 > 65{,}504, \text{ the largest float16}",
)


left = (1 - LR * layer.DECAY) ** N_STEPS
DECAYED = (rf"(1 - \eta \lambda)^t &= (1 - {LR} \cdot {layer.DECAY})^{{{N_STEPS}}} = {left:.2f}",)


NEVER = (
    r"\max(0,\ \gamma \hat x + \beta) = 0 \text{ for all } \hat x: &\quad d\gamma = d\beta = 0",
)


VIEWS = {
    "epsilon-dominates": (
        view(
            Told(
                "epsilon_dominates",
                "Features smaller than √ε",
                layer.epsilon_dominates,
                (DEVIATION,),
                GAIN,
                (layer.epsilon_dominates,),
            ),
            needs=("seed",),
        ),
    ),
    "useless-bias": (
        view(
            Told(
                "useless_bias",
                "A bias before BN",
                layer.useless_bias,
                (MOVED_TRAIN, MOVED_EVAL),
                CANCELS,
                (layer.useless_bias,),
                "β does the same in both modes.",
            ),
            needs=("seed",),
        ),
    ),
    "dropout-before-norm": (
        view(
            Told(
                "dropout_before_norm",
                "Dropout before BN",
                layer.dropout_before_norm,
                (RATIO, DEVIATION),
                DROPPED,
                (layer.dropout_before_norm,),
            ),
            needs=("seed",),
        ),
    ),
    "low-precision": (
        view(
            Told(
                "low_precision",
                "Few digits",
                layer.low_precision,
                (DEVIATION,),
                DIGITS,
                (layer.one_pass_deviation, layer.two_pass_deviation),
                "It should be 1 everywhere.",
            ),
            needs=("seed",),
        ),
    ),
    "decayed-affine": (
        view(
            Told(
                "decayed_affine",
                "Decay of γ and β",
                layer.decayed_affine,
                (GAMMA, LOSS, ACCURACY),
                DECAYED,
                (layer.trained_with,),
                "Only 300 steps, and labels without noise.",
            )
        ),
    ),
    "dead-channels": (
        view(
            Told(
                "dead_channels",
                "Nothing passes the ReLU",
                layer.dead_channels,
                (DEAD, LOSS, ACCURACY),
                NEVER,
                (layer.trained_with, layer.n_dead),
            )
        ),
    ),
}
