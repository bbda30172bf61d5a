"""The views on the limits of folding."""

from bnviz.core.folding import fold_into_following
from bnviz.labs.doctor import folding
from bnviz.labs.doctor.case_view import Quantity, Told, view

CORNER = Quantity("corner", "Corner", top=50)
EDGE = Quantity("edge", "Edge", top=50)
INSIDE = Quantity("inside", "Inside", top=50)
ERROR = Quantity("error", "Largest error of an output")


BORDER = (
    r"\text{norm, then 0 around:} \quad 4, 6 \text{ or } 9 &\times 5 = 20, 30 \text{ or } 45",
    r"\text{folded, bias } 9 \times 5: \quad &45 \text{ everywhere}",
)


AXIS = (
    r"\text{Conv2d:} \quad &W[o, c] \; k_o, \qquad "
    r"\text{ConvTranspose2d:} \quad W[c, o] \; k_o",
)


VIEWS = {
    "fold-limits": (
        view(
            Told(
                "padded_convolution",
                "BN before a padded convolution",
                folding.padded_convolution,
                (CORNER, EDGE, INSIDE),
                BORDER,
                (fold_into_following,),
                "The zeros are added behind the norm; the folded bias counts them too.",
            ),
            needs=(),
        ),
        view(
            Told(
                "transposed_convolution",
                "Transposed, in groups",
                folding.transposed_convolution,
                (ERROR,),
                AXIS,
                (folding.by_inputs, folding.by_outputs),
            ),
            needs=("seed",),
        ),
    ),
}
