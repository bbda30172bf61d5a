"""Batch size and noise: how far a batch is from all images, and what this does to its samples."""

from bnviz.figures import noise as figures
from bnviz.labs import noise as lab
from bnviz.ui import lesson_old as lesson

READING = """
**What is measured.** 1437 real digits, 8×8 pixels, are the population. Three small networks with
two hidden layers of 64 units have learned them for 100 steps; they began with the same weights and
read the same batches. One has batch norm, one has layer norm in its place, one has neither. The
statistics are those of one unit of the first hidden layer of the first network. Its values do not
depend on the batch, since nothing below it is normalized.

**The law.** Each point is the error of thousands of batches. *With replacement*, an image may come
twice, and the noise is 1/√m exactly. *Without*, an epoch is shuffled and cut, as in training: the
noise is smaller, and 0 where the batch is all there is. The variance has noise of its own. It
depends on the kurtosis κ of the values; the usual shorthand √((κ−1)/m) is too small for small m.

**One image, many batches.** Each dot is the same image in another batch. The grey line is its value
with the statistics of all images, which evaluation mode comes close to. No x̂ can exceed √(m−1), and
with two images only −1 and +1 are left.

**Replace one sample.** A row for each sample that is replaced by another image, a column for each
other sample. The colour is how far its ten logits move; of a large batch the first 32 samples are
shown. All three modes share one scale of colours, so that nothing looks like nothing.

**Beside dropout.** The factor of batch norm is x̂ in the batch over x̂ with the statistics of all
images, for an image one σ above the mean. Dropout's factor is 0 or 1/(1−p). The coloured tables
compare the noise of each unit with that of each other unit: batch norm's moves together, since all
units see the same images. With two images per batch only a sign is left, and so two factors.

**Gradient norm.** The weights stand still; only the batch size changes. Each point is a root mean
square over batches. Fine level lines mark |G|, the norm over all images. The curves are
√(|G|² + tr(S)/m), where |G| is measured and only tr(S) is fitted, to batches of 64 and more.
"""

lesson.teach("noise", lab, figures, reading=READING)
