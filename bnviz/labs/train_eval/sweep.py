"""What is recorded: the three losses over batch sizes, and the six bugs, over seeds.

The measures of the views read this record, so what is recorded does not come from them.
"""

from bnviz.labs.arm import Arm, finish
from bnviz.labs.sweeps import Sweep
from bnviz.labs.train_eval.bugs import cases, kept
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.presets import PRESETS
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.snapshots import WAYS, scores
from bnviz.labs.train_eval.training import train

SEEDS = tuple(range(8))
BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128)


def losses(settings: Settings) -> dict[str, float]:
    """Return the test loss (nats) with each of the three statistics after the last step."""
    network = finish(Arm(train, (settings.batch_size, settings.seed)))
    found = scores(network, kept(network, PYTORCH), precise(network).total)
    return dict(zip(WAYS, found[:, 0], strict=True))


def bars(settings: Settings) -> dict[str, list[float]]:
    """Return loss (nats) and accuracy of the chosen bug and its repairs, in their order."""
    network = finish(Arm(train, (settings.batch_size, settings.seed)))
    outcomes = [outcome for outcome in cases(settings.bug, network) if outcome is not None]
    return {
        "loss": [outcome.loss for outcome in outcomes],
        "accuracy": [outcome.accuracy for outcome in outcomes],
    }


SWEEPS = {
    "batch_size": Sweep(
        tuple(Settings(batch_size=n) for n in BATCH_SIZES),
        SEEDS,
        losses,
        checked=(1, 4),
        unstable=True,
    ),
    **{
        preset.settings.bug: Sweep((preset.settings,), SEEDS, bars, checked=(0,), unstable=True)
        for preset in PRESETS
    },
}
"""The bugs differ in the number of their repairs, so each is a sweep of one cell."""
