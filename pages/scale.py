"""Scale invariance: what the length of the weights still does where batch norm follows."""

from bnviz.figures import scale as figures
from bnviz.labs import scale as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Loss and gradient.** One batch of 128 digits, before any training: two hidden layers of 32 ReLU
units whose weights are multiplied by a, and a last layer that keeps its scale. Dots are your a. The
grey dotted line falls as 1/a. The grey upright stands where the variance of a typical unit of the
first layer is as large as ε: left of it BN no longer divides the scale out.

**Pace of training.** Three starts with the same directions of all weights and the same batches. The
dots are the run whose hidden weights have a² times the learning rate, and whose ε is a² times as
large; γ, β and the last layer learn as in the first run. The length is that of all hidden weights
together. The loss is the mean of ten batches.

**Weight decay.** Only the hidden weights decay. Green: half of the labels are drawn anew in each
step, so that the gradient does not fade. Pink: no decay at all. The grey level line is the closed
form, which holds once the length no longer drifts.

**Spectral normalization.** Each dot is a logit of one of 64 digits: with the weights as they are,
and with the weights of each hidden layer divided by their largest singular value. On the dotted
diagonal nothing has changed. Below, two networks with BN are trained from the same start with an ε
as good as zero. One learns W and uses W/σ, where σ is what one step of power iteration per training
step takes for the largest singular value. The green dots are its loss.
"""

lesson.teach("scale", lab, figures, reading=READING)
