"""Learning rate and initialization: which settings train, with batch norm and without."""

from bnviz.figures import rates as figures
from bnviz.labs import rates as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Maps.** Each cell is a network of its own: the same start, with the weights of its hidden layers
multiplied by the scale of its row, and the learning rate of its column. The number is its training
loss after the last step, on 256 digits in batches of 64, each with its own statistics. All maps
have the same colours: light is low. A **frame** marks a cell that trains, with a loss below 0.5; a
**cross** one whose numbers overflowed. All cells see the same batches. The logits, which no norm
follows, keep their usual scale.

**The parts of BN.** *Only centring* subtracts the mean of the batch and does not divide. *Only
dividing* divides by the deviation and does not subtract. Both learn γ and β, as BN does. In the
last map γ stays 1 and β stays 0.

**Sixty random settings.** Sixty networks of three hidden layers, 100 steps; learning rate and scale
are drawn evenly on log scales, from 0.001 to 10 and from 0.1 to 10. The curve tells which share of
them ends at or below each loss: higher and farther left is better. One that diverges never counts
as having reached a loss.

**Where BN is slower.** Lines are medians of six starts, with their own weights and batches; bands
go from the lowest to the highest. A line ends where a start diverges. In the map beside it the
number is the loss without norm divided by the loss with BN: above 1, blue, BN is ahead; below 1,
orange, it is behind; a cross stands where one of the two has diverged. The thick frame is the cell
of the curves.

**Gradients at the start.** The gradient of the loss of one batch with respect to the first weights,
before any step. Divided by the norm of the weights it tells how far a step turns them.
"""

lesson.teach("rates", lab, figures, reading=READING)
