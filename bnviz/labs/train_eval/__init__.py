"""Train versus eval: one network, and the statistics that it is tested with."""

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.train_eval import conventions_view, loss_view, running_view
from bnviz.labs.train_eval.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="A network with batch norm was trained with batches of 4. Now it classifies images it has "
    "never seen. Which mean and variance give the lowest test loss?",
    answers=(
        Answer(
            "Those of 4 test images at a time, as in training",
            "The same procedure sounds fairest, but the mean of four images is mostly noise: each "
            "answer depends on three strangers. It costs about twice the loss of eval mode.",
        ),
        Answer(
            "The running averages of training, as eval() does",
            "They are far better than a test batch. But they still mix the statistics of "
            "older weights with the noise of the last small batches, and at batch 4 that shows.",
        ),
        Answer(
            "Measured anew on many training images, weights stopped",
            "All averaged values belong to the present weights, and hundreds of images take out "
            "the noise. At batch 4 it is worth a quarter of the loss; from 32 on hardly anything.",
            right=True,
        ),
        Answer(
            "It makes no difference",
            "With batches of 32 or more you would be nearly right. With 4, the three differ "
            "clearly: train mode and eval mode are two different networks.",
        ),
    ),
)
TRANSFER = Question(
    text="In Keras the layer says `momentum=0.99`. You write `BatchNorm1d(momentum=0.99)` in "
    "PyTorch. What does eval mode use then?",
    answers=(
        Answer(
            "The same as in Keras",
            "The name is the same, the meaning is the opposite: Keras weighs the old value, "
            "PyTorch the new batch.",
        ),
        Answer(
            "Little more than the last training batch",
            "0.99 is the weight of the new batch there: two steps back is a hundredth of it. "
            "1 − 0.99 = 0.01 is what you want.",
            right=True,
        ),
        Answer(
            "Little more than the start, 0 and 1",
            "That happens with the opposite mistake of size: a PyTorch momentum close to 0 in a "
            "short run.",
        ),
    ),
)

LAB = Lab(
    slug="train_eval",
    settings=Settings,
    goal="Say which statistics a network uses in train() and in eval(), and when the two disagree.",
    question=QUESTION,
    views=(loss_view.VIEW, running_view.VIEW, conventions_view.VIEW),
    claims=(
        Claim(
            "In training a layer normalizes with its batch. The running statistics are only written "
            "down beside it: another momentum gives the same weights, bit by bit.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "With weight p of the new batch, batches that are independent and weights that stand still, "
            "the running value scatters p / (2 − p) as much (variance) as a batch. It halves a batch's weight in ln 2 / −ln(1 − p) steps, and has "
            "(1 − p)^t left of its start.",
            "proved",
        ),
        Claim(
            "A running variance that starts at 0 makes early outputs 1 / √(1 − (1 − p)^t) times too "
            "large: 3.2 times after one batch, 1.24 times after ten, at p = 0.1.",
            "proved",
        ),
        Claim(
            "The unbiased variance is right in the first layer. In the layers above, the batch was "
            "normalized together below: its members are no longer independent, the means of batches "
            "scatter far less than σ / √m, and m / (m − 1) is too much. There the biased variance is "
            "nearly right, and with batches of 4 and 8 its test loss is lower.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "With batches of 2 that is exact: every pair is +1 and −1, so one layer up all batches "
            "have the same mean, and the unbiased variance is twice the true one.",
            "proved",
        ),
        Claim(
            "Batch norm adds two numbers to choose, momentum and epsilon, and the defaults are nearly "
            "always good: with batches of 32 the test losses of momentum 0.03, 0.1 and 0.3 are "
            "within a quarter of each other after these 300 steps, from most starts within a tenth.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "A thousand to ten thousand samples are enough for precise statistics.",
            "reported",
            "Wu & Johnson 2021, section 3 (from notes)",
        ),
        Claim(
            "The difference between train and eval can cost accuracy, above all with tiny batches; "
            "repairing it alone brought back 6 points at batch 2.",
            "reported",
            "Singh & Shrivastava 2019, abstract",
        ),
        Claim(
            "Whether small batches regularize too much or overfit is said both ways. Here, at "
            "batch 2 and after 300 steps, the network does not even fit its training images.",
            "contested",
            "said in tutorials; measured here for this network only",
        ),
        Claim(
            "The batch size may change in mid-training: the running statistics follow.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "Few images per step do not mean too little diversity: an epoch shows all of them, "
            "whatever the batch size. It is otherwise where a batch is no random draw, such as one "
            "class only.",
            "measured here",
            held="10 of 10",
        ),
    ),
    try_this="Set **Frozen after step**, under **More controls**, to 100, at batch size 4. The statistics "
    "stand still, and training goes on without their noise: the loss in eval mode falls to "
    "two thirds of what it was, or less. But measuring anew is now worse, from most starts, for the weights were "
    "trained for the frozen numbers.",
    transfer=TRANSFER,
    see=("doctor",),
    reading="""
**Three kinds of statistics.** *Batch*: each test batch with its own mean and variance, as train()
does it. *Running*: the averages kept during training, as eval() does it. *Precise*: the weights are
stopped, and 512 training images are measured anew. A thin band is the range over the seeds.

The network: three hidden layers of 64 ReLU units on 8x8 digits, SGD with learning rate 0.05, 300
steps; 256 held-out images.
""",
    sources="Running averages and the unbiased variance: Ioffe & Szegedy 2015, Algorithm 2. "
    "Precise batch norm, train and test batches: Wu & Johnson 2021. Evaluation with tiny batches: "
    "Singh & Shrivastava 2019. Statistics of another domain: Li et al. 2018. Correcting the "
    "start: Kingma & Ba 2015, section 3.",
)
