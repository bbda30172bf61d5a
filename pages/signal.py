"""Signal through depth: what reaches the last layer, and what comes back."""

from bnviz.figures import signal as figures
from bnviz.labs import signal as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Signal and gradient.** All is before the first training step, with the same digits and the same
weights with BN and without. Play goes from layer to layer. Each dot is one of up to 64 units: its
value for the 3 across, for the 8 up, over the root mean square of both. On the dotted diagonal the
two digits are the same. *Spread* is the standard deviation between the samples of the batch. The
grey line beside it is the finest step of float32; all is computed in float64.

**Growth per layer.** Three random ReLU networks of 20 layers, with BN, at 0.1, 1 and 10 times He's
weights. A growth of 1.23 means: the gradient is 1.23 times as long one layer further down. The
lowest layer is left out, as it reads no ReLU. Without BN the factor is the init scale itself.

**Skip connections.** Each block adds its branch to the stream: BN, ReLU, weights. This view always
uses ReLU, for which the lines can be computed. Without BN they hold on average over networks.

**Depth that trains.** 300 steps on digits, width 64, batches of 64, the best of the learning rates
0.01, 0.03, 0.1, 0.3 and 1; He's weights for ReLU, Xavier's for the others. The loss is that of
1024 training images, each batch with its own statistics. Lines are means, bands go from the lowest
to the highest seed; a line that ends early has diverged. *Does not train* means: above half of the
loss of chance. A star is your own run. With skip connections each layer adds its output to what it
read. Batch size, width and init scale of the other views do not count here.
"""

lesson.teach("signal", lab, figures, reading=READING)
