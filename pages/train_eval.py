"""Train versus eval: which statistics a network is tested with, and what that costs."""

from bnviz.figures import train_eval as figures
from bnviz.labs import train_eval as lab
from bnviz.labs.sweeps import recorded
from bnviz.ui import lesson_old as lesson

SLUG = "train_eval"

READING = """
**Three kinds of statistics.** *Batch*: each test batch with its own mean and variance, as train()
does it. *Running*: the averages kept during training, as eval() does it. *Precise*: the weights are
stopped, and 512 training images are measured anew. A thin band is the range over the seeds.

**Which statistics?** The lines over batch sizes are **{credit}**, with the default settings. The
three large dots are this run, live: your batch size, momentum and seed, at the step on show.

**Running statistics.** A dot is a batch, the blue line is the running value, the green line is the
true one at the weights of that step, with the range where most batches lie. The chart of
weights tells what the running value is made of: on its log scale an exponential average is a
straight line, and the diamond is the start.

**Conventions.** All four keep the *same* batches. PyTorch: momentum 0.1, unbiased, from 1. Keras:
0.99 of the old value (0.01 of the new one), biased (unbiased in the fused kernel of older
versions, on images), from 1. Tutorial: 0.1, biased, from 0, as in
much code written from scratch. Paper: weights stopped, the batches' unbiased variances averaged.
Keras's larger epsilon is left out. In the chart of starts the weights of the first layer stand
still, so that the closed form (grey, dotted) must hold; a small batch scatters about it.

**Six bugs.** A hatched bar is the bug, a full one a repair, a crossed one what does not help, and
orange is a network without BN. The grey line below a bar is the range over the seeds,
{bugs}. All bugs use your batch size, and PyTorch's defaults in everything else.

The network: three hidden layers of 64 ReLU units on 8x8 digits, SGD with learning rate 0.05, 300
steps; 256 held-out images.
"""

sweeps = recorded(SLUG)
lesson.teach(
    SLUG,
    lab,
    figures,
    reading=READING.format(credit=sweeps["batch_size"].credit, bugs=sweeps["forgot_eval"].credit),
)
