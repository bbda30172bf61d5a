"""What is recorded: the losses over batch sizes, and longer at the smallest.

The measures of the views read this record, so what is recorded does not come from them.
"""

from bnviz.core import data
from bnviz.core.train.batches import batch_order
from bnviz.labs.arm import Arm, finish
from bnviz.labs.sweeps import Sweep
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.snapshots import WAYS, scores
from bnviz.labs.train_eval.training import Training, kept, train

SEEDS = tuple(range(8))
NEW = tuple(range(80, 90))
"""Seeds that chose no setting and no margin of a check."""
BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128)
LATER = 10_000
"""Steps of the longer run."""


def losses(settings: Settings) -> dict[str, float]:
    """Return the test loss (nats) with each of the three statistics after the last step."""
    network = finish(Arm(train, (settings.batch_size, settings.seed)))
    found = scores(network, kept(network, PYTORCH), precise(network).total)
    return dict(zip(WAYS, found[:, 0], strict=True))


def later_losses(settings: Settings) -> dict[str, float]:
    """Return the test loss (nats) with each of the three statistics after ``LATER`` steps."""
    n, seed = settings.batch_size, settings.seed
    order = batch_order(len(data.load("digits").x_train), n, LATER, seed)
    training = Training(n, seed, order_SN=order, frozen_after=LATER)
    while training.n_done < LATER:
        training.step()
    network = training.network
    found = scores(network, kept(network, PYTORCH), precise(network).total)
    return dict(zip(WAYS, found[:, 0], strict=True))


SWEEPS = {
    "batch_size": Sweep(
        tuple(Settings(batch_size=n) for n in BATCH_SIZES),
        SEEDS,
        losses,
        checked=(1, 4),
        unstable=True,
    ),
    "later": Sweep(
        (Settings(batch_size=BATCH_SIZES[0]),), NEW, later_losses, checked=(0,), unstable=True
    ),
}
