"""The words of the lab that do not depend on its run."""

from bnviz.core import functional as F
from bnviz.core.gradcheck import central_differences
from bnviz.labs.backward.unit import as_constants
from bnviz.labs.lesson import Answer, Claim, Lesson, Question

QUESTION = Question(
    text="A unit normalizes a batch of 8 samples in train mode. The loss asks all of them for the "
    "same: the gradient at the output is dy = 1 for every sample. What gradient dx reaches the "
    "layer below?",
    answers=(
        Answer(
            "1 / σ for every sample",
            "That would hold if the mean and the variance were constants. They are not: when all "
            "samples move together, the mean moves with them and is subtracted again. So dx is 0.",
        ),
        Answer(
            "0 for every sample",
            "When all samples move together, their mean moves by as much and is subtracted. The "
            "output cannot follow, so the slope is 0: exactly on paper, about 10⁻¹⁶ in float64.",
            right=True,
        ),
        Answer(
            "1 for every sample, as it came",
            "That is a layer that only adds a number. Batch norm subtracts the mean of the batch, "
            "and a move that all samples make together disappears in it. So dx is 0.",
        ),
        Answer(
            "A gradient of a fixed size",
            "The name suggests it, but only values are normalized, on the way forward. On the way "
            "back two directions are taken out, and this dy lies in one of them. So dx is 0.",
        ),
    ),
)

TRANSFER = Question(
    text="A batch of **2** samples, and a random dy. How much of the gradient gets through?",
    answers=(
        Answer(
            "All of it",
            "Two directions are taken out of every batch, whatever its size. With 2 samples there "
            "are only two directions, so nearly nothing is left.",
        ),
        Answer(
            "About half of it",
            "Half would be left if only the mean were taken out. The part along x̂ goes, too, and "
            "with 2 samples these are all the directions there are.",
        ),
        Answer(
            "Nearly nothing",
            "Two samples have two directions: both up, or one up and one down. The first is the "
            "mean, the second is x̂. Only a trace of the second is left, because of ε.",
            right=True,
        ),
    ),
)

CLAIMS = (
    Claim(
        "Batch norm takes two directions out of the gradient: its mean over the batch, and its "
        "part along x̂. The formula is exact for any ε.",
        "proved",
        "Ioffe & Szegedy 2015, section 3",
    ),
    Claim(
        "It does not normalize gradients. What is left is multiplied by γ / √(σ² + ε), and can be "
        "of any size.",
        "proved",
        "the same formula",
    ),
    Claim(
        "Of a random gradient the two directions are a share of 2/m of the squared length, on "
        "average: all of it in a batch of 2, 3% in a batch of 64.",
        "measured here",
    ),
    Claim(
        "Weights times a give the same output, the same gradient at the layer below, and a "
        "gradient of the weights divided by a.",
        "proved",
        "Ioffe & Szegedy 2015, section 3.3; for ε = 0 and a > 0",
    ),
    Claim(
        "A bias in front of batch norm gets no gradient in train mode, so it may be left out. What "
        "rounding leaves is small: in float32, of a convolution with 64 channels, less than a "
        "ten-thousandth of what the weights get.",
        "measured here",
    ),
    Claim(
        "With the statistics as constants a bias grows for ever while the loss stays the same.",
        "proved",
        "Ioffe & Szegedy 2015, section 2",
    ),
    Claim(
        "The first authors saw a model blow up when statistics were taken outside of the gradient "
        "step.",
        "reported",
        "Ioffe & Szegedy 2015, section 2",
    ),
    Claim(
        "On the digits here it blows up at a learning rate of 10 without γ and β. At 1 it still "
        "learns, with a higher loss and weights about twice as large; with learned γ and β it "
        "learns about as well as with the right gradient.",
        "measured here",
    ),
)

LESSON = Lesson(
    goal="After this you can say which part of a gradient batch norm lets through, and spot a "
    "backward pass that forgets the statistics.",
    question=QUESTION,
    vary="upstream",
    views={
        "parts": "The three terms",
        "check": "Finite differences",
        "constants": "Statistics as constants",
        "bias": "The bias; train and eval",
    },
    frees={"check": ("batch_size",), "constants": ("lr",), "bias": ("batch_size",)},
    claims=CLAIMS,
    code=(F.batch_norm_backward, F.standardize_backward, as_constants, central_differences),
    try_this="Choose **equal to x** as the gradient from above. How much arrives? Then unlock all "
    "and set ε, under *More*, to 1.",
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015, *Batch Normalization: Accelerating Deep Network Training by "
    "Reducing Internal Covariate Shift*, sections 2 and 3. Digits: E. Alpaydin and C. Kaynak, "
    "*Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, CC BY 4.0.",
)
