"""Why does it work? Shift put back behind batch norm, and what batch norm leaves correlated."""

from bnviz.figures import why as figures
from bnviz.labs import why as lab
from bnviz.ui import lesson

READING = """
**Noise after BN.** Four networks from the same weights, on the same batches of digits. *Noisy*: in
each step every hidden unit is stretched and shifted by new numbers just before its ReLU, behind BN
where there is one. All examples of a batch get the same. The loss is the mean of ten batches, with
the noise on. *Drift*: take the mean over the batch that a unit sends to its ReLU, and its standard
deviation over the last twenty steps; the line is the mean over all hidden units. Where a run leaves
the plot it has gone beyond the axis; a loss of 1000 is called diverged.

**Correlations.** The 32 units of the first hidden layer before training, on 256 digits. The first
two pictures are the same: BN moves and stretches each unit, which no correlation feels. ZCA
whitening mixes the units so that none is left.
"""

lesson.teach("why", lab, figures, reading=READING)
