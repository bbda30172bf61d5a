"""Regularization: whether the noise of batch norm keeps a network from learning by heart."""

from bnviz.figures import regularization as figures
from bnviz.labs import regularization as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Wrong labels.** 384 digits, two hidden layers of ReLU units. A wrong label is another class, drawn
evenly. A label counts as learned by heart if the network gives it back in evaluation mode. Lines of
BN and of no norm are this run; the line of LN (layer norm) and all bands are recorded: five starts
with 30% wrong labels, 4000 steps, width 32 and a learning rate of 0.05. With other settings they
are not drawn over the steps. The best moment of a network is picked on the unseen digits, so it
flatters it. All batch sizes take the same number of steps: compare networks of one batch size.

**Dropout before BN.** Four hidden layers of 64 units, 600 steps of 32 clean digits. *Met*: what a
layer reads in evaluation, with the shifts of all layers below. *Alone*: what it would read without
them. *Formula*: the closed form for independent units. *Re-estimated*: mean and variance measured
anew on training images at the final weights, with dropout off. Lines and bands are recorded over
five starts, dots are this run.

**Right labels.** Recorded only: the same networks as in the first view on the same images, all
labels right. The five starts share their training and test images, so their spread leaves out the
luck of these images.
"""

lesson.teach("regularization", lab, figures, reading=READING)
