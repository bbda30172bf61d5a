"""Why does it work? Noise behind batch norm, drift, smoothness, correlations: what each shows."""

from bnviz.figures import why as figures
from bnviz.labs import why as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Noise after BN.** Four networks from the same weights, on the same batches of digits. *Noisy*: in
each step every hidden unit is stretched and shifted by new numbers just before its ReLU, behind BN
where there is one. All examples of a batch get the same. The loss is the mean of ten batches, with
the noise on. *Drift*: take the mean over the batch that a unit sends to its ReLU, and its standard
deviation over the last twenty steps; the line is the mean over all hidden units. Where a run leaves
the plot it has gone beyond the axis; a loss of 1000 is called diverged.

**Percentiles of a unit.** As figure 1 of the first paper: three hidden layers of 50 sigmoid units,
small first weights. The upper pictures show one unit of the last hidden layer: what it is sent by
240 unseen digits, before its sigmoid. Of these values 15, 50 and 85 of 100 lie below the lines. It
is the middle unit: half of the others drift less without BN. The lower pictures are of all units
and of three starts, median and range. The digits come in batches of 60, each normalized with its
own statistics. So with BN the mean of a unit is its β, by construction, and drifts only as β does;
the figure cannot tell whether that is what helps.

**Loss along the gradient.** After figure 4 of Santurkar et al. 2018. Two networks from the same
weights, on the same batches, without noise. Before every fifth step: take the gradient g of that
step over all parameters, and walk against it by half, once, two, three and four times the learning
rate, without staying there. The band reaches from the least to the most loss on the walk, the line
is the loss before it; a band that leaves the plot goes on beyond it. *Effective smoothness* β is
the largest change of the gradient for the way gone, on the same walk: small means smooth. All
losses are of the batch of that step, and with BN every point has its own statistics. A walk is
measured in learning rates, not in distance, and the two networks are at different places.

**Gradient shift.** Santurkar et al. 2018 call this internal covariate shift too, but of gradients.
Before every fifth step: take the gradient of each layer, let all layers before it take their step,
and take its gradient again on the same batch. The cosine says how much of the direction is left: 1
means that the layer's step still fits, 0 that it was computed for a network that is gone. A low
cosine is much shift. The first layer has none before it. Lower pictures: each layer, mean of the
looks; *out* is the output layer.

**Correlations.** The 32 units of the first hidden layer before training, on 256 digits. The first
two pictures are the same: BN moves and stretches each unit, which no correlation feels. ZCA
whitening mixes the units so that none is left.

**Loss surface.** The networks of the first view without noise, after their 100 steps; the middle of
each picture is where they stand. From there two random directions are taken in the space of their
weights. A BN network does not feel how long a weight vector is, so the same step would turn long
weights little and short ones much; therefore each unit's part of a direction is made as long as the
weights it is added to (“filter normalization”). Distance 1 is a step as long as the weights
themselves. A random step also makes them longer, 1.4 times at distance 1, and without norm each
layer hands that on. The third picture takes it out: each weight vector is cut back to its length.
Colours are the same in all three, on a log scale: dark is high. The loss is that of one batch of 64
digits. Two directions out of thousands are an illustration: no direction that training takes need
be among them, so this cannot tell how smooth the way of training is.
"""

lesson.teach("why", lab, figures, reading=READING)
