"""Batch norm in real systems: its cost in use, a class repaired, batches of one kind."""

from bnviz.figures import systems as figures
from bnviz.labs import systems as lab
from bnviz.ui import lesson

READING = """
**Cost.** Eight random images of 3 × 32 × 32 go through a convolution of 3 × 3. Each dot is the
fastest of 11 calls, taken in turns on this server, once for each setting: a timing, not a law.
Folding saves work; whether one sees it depends on what else the server does.

**Repair a class.** A class of batch norm as texts publish it, given PyTorch's argument
`momentum=0.1`, and the layer of this program see the same batches. In the first chart each repair
is added to those before it; in the second the class has one fault only. The class has no backward
pass and takes no images: it is not a layer yet.

**Batches of one kind.** A linear discriminator sees 8 features of 64 real and 64 generated samples,
normalized together (mixed), each kind by itself (pure), or not at all. Only the means differ. It is
tested on new batches, in training mode. Bands show the least and the most of four repeats.

**Before or after.** Dense networks of five hidden layers of 32 units learn the digits, 100 steps of
32. Lines are means, bands the least and the most of three starts. They are not convolutional.
"""

lesson.teach("systems", lab, figures, reading=READING)
