"""Epsilon, precision and shift: where the normalization of batch norm ends."""

from bnviz.labs.claim import Claim
from bnviz.labs.epsilon import gain_view, precision_view, scales_view, shift_view
from bnviz.labs.epsilon.presets import PRESETS
from bnviz.labs.epsilon.settings import Settings
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="A network with BN recognizes 97% of unseen digits. Now the pictures come **faded**: contrast "
    "×0.3. The layers normalize. How many digits does it recognize?",
    answers=(
        Answer(
            "Still about 97%: BN divides the change out.",
            "That holds in training, where each batch brings its own mean and variance. In "
            "evaluation both are constants from training, and a constant divides nothing out: many "
            "digits are lost, from most starts more than half. Statistics adapted to the faded pictures bring them back.",
        ),
        Answer(
            "A few fewer, 90 to 95%.",
            "A small loss is what the network **without** BN has. In BN every layer subtracts a "
            "mean that belongs to clean pictures, layer after layer: many digits are lost.",
        ),
        Answer(
            "Fewer than 70%.",
            "In evaluation the mean and the variance are constants from training. They do not "
            "follow the pictures, and the mistake goes through every layer. Statistics adapted to "
            "the faded pictures repair it.",
            right=True,
        ),
    ),
)

TRANSFER = Question(
    text="The camera **inverts** the pictures: what was bright is dark, and what was dark is bright. You adapt the "
    "statistics of BN to the inverted pictures, as before. How many digits does it recognize?",
    answers=(
        Answer(
            "About 97%: adapting repairs any change that is the same for all pixels.",
            "It repairs a shift and a *positive* factor. The factor −1 turns the sign of every "
            "normalized value, and no mean and no variance can turn it back.",
        ),
        Answer(
            "About 10%, as by guessing.",
            "It is worse than guessing: the network is not blind, it is systematically wrong. The "
            "evidence for the right digit now speaks against it.",
        ),
        Answer(
            "Fewer than 5%.",
            "A mean and a variance can undo a shift and a positive factor, but not a change of "
            "sign. The evidence for the right digit now speaks against it. Switch on *Invert* "
            "under More to see it.",
            right=True,
        ),
    ),
)

LAB = Lab(
    slug="epsilon",
    settings=Settings,
    goal="Say which changes of the input BN absorbs and which it does not, and repair the rest.",
    question=QUESTION,
    views=(shift_view.VIEW, gain_view.VIEW, precision_view.VIEW, scales_view.VIEW),
    claims=(
        Claim(
            "In evaluation BN is one fixed affine map for each unit: it absorbs no change of the "
            "input. With the statistics of the changed pictures a shift and a positive factor cancel "
            "in the first layer, up to ε, and so in all layers.",
            "proved",
        ),
        Claim(
            "At contrast ×0.3 BN reads fewer than 70% of the digits, from most starts fewer than half. "
            "No norm reads more than 90%, and so does BN with adapted statistics. How many are lost is "
            "a matter of luck: the bands show ten starts.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "Layer norm takes its statistics from each picture alone. A change of contrast cancels in "
            "its first layer, but for ε and a small bias before it; a change of brightness does not.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "An inverted picture is not repaired by adapted statistics.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "The first layer sees the input before any normalization: BN in the hidden layers does not "
            "replace standardized inputs.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "ε limits the gain of a layer to 1/√ε, 316 at 1e-5, and ends its invariance to scale where "
            "the variance is near ε or below.",
            "proved",
        ),
        Claim(
            "Adapting the statistics of BN helps networks on data of another domain.",
            "reported",
            "Li et al. 2018, section 4 (from memory)",
        ),
        Claim(
            "BN makes a network robust to small changes of its input.",
            "contested",
            "often said; Galloway et al. 2019 measured the opposite for adversarial changes, and this "
            "page for contrast",
        ),
        Claim(
            "BN helps most where inputs are many and difficult.",
            "contested",
            "often said, without a comparison that would show it; not measured here",
        ),
        Claim(
            "In medical imaging, where scanners differ and batches are small, instance norm is used in "
            "the place of BN.",
            "reported",
            "Isensee et al. 2021 (nnU-Net; from memory)",
        ),
    ),
    try_this="Set the contrast to 3 instead of 0.3. Is a change by the same factor as harmful in "
    "this direction? Layer norm hardly minds the contrast: set only the "
    "brightness. Does it mind that?",
    transfer=TRANSFER,
    presets=PRESETS,
    sources="Adapted statistics: Li et al. 2018 (AdaBN), Algorithm 1. Epsilon: Ioffe & Szegedy "
    "2015, Algorithm 1. Ways to a variance: Welford 1962; Chan, Golub & LeVeque 1983. Standardized "
    "inputs: LeCun et al. 1998, section 4.3.",
)
