"""The words of the lesson on batch size and noise."""

from bnviz.core import functional as F
from bnviz.core import theory
from bnviz.core.network.passes import forward
from bnviz.labs.lesson import Answer, Claim, Lesson, Question

QUESTION = Question(
    text="The mean over a batch of 32 images is a little off the mean over all images. To halve "
    "this noise, how many images does a batch need?",
    answers=(
        Answer(
            "64: twice as many",
            "That would be so if the noise fell as 1/m. But chance errors partly cancel, and only "
            "as fast as 1/√m: 64 images leave 0.71 of the noise, 128 leave half.",
        ),
        Answer(
            "128: four times as many",
            "The noise of a mean falls as 1/√m, and √4 = 2.",
            right=True,
        ),
        Answer(
            "320: ten times as many",
            "The noise falls slowly, but not that slowly: as 1/√m, so that four times as many "
            "halve it. Ten times as many leave 0.32 of it.",
        ),
        Answer(
            "It cannot be halved: the noise belongs to the method",
            "The noise comes from *which* images the batch holds, not from a dice inside batch "
            "norm. More images, less noise: four times as many leave half of it.",
        ),
    ),
)

TRANSFER = Question(
    text="Batch norm after a convolution takes its mean over N·H·W values. With 4 images of 8×8 "
    "positions these are m = 256. Is the noise that of 256 independent values, 1/√256 = 0.06 σ?",
    answers=(
        Answer(
            "Yes: the law only asks for m",
            "The law is for values that are drawn independently. Pixels of one image resemble each "
            "other: they were drawn together.",
        ),
        Answer(
            "No, it is larger: pixels of one image resemble each other",
            "The 64 positions of one image were drawn together. The noise lies between that of 256 "
            "values and that of 4, the nearer to 4 the more they resemble each other.",
            right=True,
        ),
        Answer(
            "No, it is smaller: images bring more information than numbers",
            "What counts is how many *independent* values there are, and 256 positions of 4 images "
            "are fewer than 256 independent values.",
        ),
    ),
)

CLAIMS = (
    Claim(
        "The noise of the batch mean is σ/√m for any distribution, times √((N−m)/(N−1)) when "
        "images are drawn without replacement.",
        "proved",
        "Cochran 1977, theorem 2.2",
    ),
    Claim(
        "The noise is in **both** statistics: the mean is off by σ/√m, the variance by "
        "√((κ−(m−3)/(m−1))/m) of itself, κ being the kurtosis. Dividing by a fixed number would "
        "add no noise.",
        "proved",
        "Cramér 1946, section 27.4",
    ),
    Claim(
        "An output in training mode is not a function of its own image alone: it moves when "
        "another image of the batch is replaced, like a mark on a curve that depends on who else "
        "sat the exam. In evaluation mode the statistics are constants, and with layer norm each "
        "image has its own: nothing moves.",
        "measured here",
    ),
    Claim(
        "Batch norm drops no units. Its noise is a factor and a shift, continuous for m > 2, and "
        "correlated between units; all images of a batch share its mean and variance. Dropout "
        "multiplies by 0 or 1/(1−p), each value by its own draw. “Like dropout” is an "
        "analogy: both are noise in training.",
        "measured here",
    ),
    Claim(
        "Without batch norm, E|g|² = |G|² + tr(S)/m: larger batches have smaller gradients, "
        "down to the gradient over all images and not to 0. This is averaging, no merit of batch "
        "norm, and it does not change how gradients grow from layer to layer.",
        "proved",
    ),
    Claim(
        "With batch norm the same formula fits batches of 64 and more, and not small ones: their "
        "gradients are larger than it says, in this network about three times at m = 4.",
        "measured here",
    ),
    Claim(
        "Small batches can cost accuracy: ResNet-50 on ImageNet has 23.6% error with 32 images "
        "per GPU and 34.7% with 2. Larger batches cost memory and computing.",
        "reported",
        "Wu & He 2018, table 2",
    ),
    Claim(
        "The noise regularizes, and very large batches lose that. How much it helps is disputed: "
        "most of the gain may come from the larger learning rates that batch norm allows.",
        "contested",
        "Luo et al. 2019; against it Bjorck et al. 2018",
    ),
    Claim(
        "Few images per step do not mean too little diversity: an epoch shows all of them, "
        "whatever the batch size. It is otherwise where a batch is no random draw, such as one "
        "class only.",
        "proved",
    ),
)

LESSON = Lesson(
    goal="You will be able to say how noisy the statistics of a batch are, and what this does to "
    "its samples.",
    question=QUESTION,
    vary="batch_size",
    views={
        "law": "The law",
        "sample": "One image, many batches",
        "influence": "Replace one sample",
        "dropout": "Beside dropout",
        "gradient": "Gradient norm",
    },
    frees={
        "law": ("batch_size", "replacement"),
        "sample": ("batch_size", "sample"),
        "influence": ("batch_size", "sample", "norm"),
        "dropout": ("batch_size", "dropout"),
    },
    claims=CLAIMS,
    code=(F.batch_norm, F.standardize, forward, theory.batch_mean_std, theory.batch_var_cv),
    try_this="Choose *Replace one sample* with a batch of 4, and switch from **train mode** to "
    "**eval mode** and to **layer norm**. Then choose *One image, many batches* and a batch of 2: "
    "which two values can x̂ take, and why?",
    transfer=TRANSFER,
    sources="Noise of a mean: Cochran 1977, theorem 2.2; of a variance: Cramér 1946, section 27.4. "
    "Regularization by batch statistics: Ioffe & Szegedy 2015, section 3.4; Luo et al. 2019; "
    "Bjorck et al. 2018. Dropout: Srivastava et al. 2014. Small batches: Wu & He 2018.",
)
