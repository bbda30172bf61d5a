"""Batch norm in real systems: its cost, a class repaired, batches, sequences, γ and β."""

from bnviz.figures import systems as figures
from bnviz.labs import systems as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Conv + BN.** Eight random images of 3 × 32 × 32 go through a convolution of 3 × 3 with a
border of zeros, so height and width stay. BN has one mean for each output channel, over 8 × 32 × 32
values. Each dot on time is the fastest of 9 calls, taken in turns on this server, once for each
setting: a timing, not a law. Folding saves work; whether one sees it depends on what else the
server does. The gradients are those under a random gradient from above, once in float32 and once in
float64: what is 0 in theory shrinks with the rounding, what is not stays.

**Repair.** A class of batch norm as texts publish it, given PyTorch's argument
`momentum=0.1`, and the layer of this program see the same batches, in float64. In the table each
repair is added to those above it. Blue: equal, to less than 10⁻¹². Orange: off by so much. A dash:
not there. Without a backward pass there are no gradients, and γ and β never learn; images are
refused until their places count as rows, and then the largest difference of all six quantities
stands there. *Mean* and *var.* are the running ones. In the other chart the class has one fault
only. The code below is that of each repair. That the layer itself equals PyTorch's is tested
elsewhere; see *How do we know?*

**Pure batches.** A linear discriminator sees 8 features of 64 real and 64 generated samples,
normalized together (mixed), each kind by itself (pure), or not at all. Only the means differ. It is
tested on new batches, in training mode. Bands show the least and the most of four repeats.

**Placement.** Dense networks of five hidden layers of 32 units learn the digits, 100 steps of
32. Lines are means, bands the least and the most of three starts. They are not convolutional.

**Sequences.** First chart: batches of 8 sequences of 10 tokens. Tokens or whole sequences have a
random scale, whose logarithm has the spread; at 0 all are alike. Lines are means of three draws of
200 batches, grey lines the formula for infinitely many: so heavy are the tails that 200 batches
seldom show the largest. Second chart: dots are measured on 32 sequences of up to 20 tokens, grey
lines are the formula. Valid tokens have mean 1 and deviation 1 before; padding is 0.

**Recurrence.** A tanh network of 32 units reads 50 random inputs. BN normalizes the term of the
input and that of the past, each with the statistics of the step. Strength 1 gives both the same γ;
at 0.1 the input has a tenth of it. Without BN the weights of the input are multiplied instead, and
the network starts as PyTorch's does. Lines are geometric means, bands the least and the most of
three starts. Nothing is trained.

**γ and β.** Two hidden layers read the digits, 600 steps of 32. Lines and bands are recorded, the
mean, least and most of five starts; dots are trained now. What does not learn stays as it was
drawn. Second chart: the γs of all layers of the live networks; a γ is near 0 within 0.1. They start
at 1.
"""

lesson.teach("systems", lab, figures, reading=READING)
