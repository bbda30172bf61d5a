"""What is recorded: the three losses over batch sizes and seeds.

The measure of the view reads this record, so what is recorded does not come from it.
"""

from bnviz.labs.arm import Arm, finish
from bnviz.labs.sweeps import Sweep
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.snapshots import WAYS, scores
from bnviz.labs.train_eval.training import kept, train

SEEDS = tuple(range(8))
BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128)


def losses(settings: Settings) -> dict[str, float]:
    """Return the test loss (nats) with each of the three statistics after the last step."""
    network = finish(Arm(train, (settings.batch_size, settings.seed)))
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
}
