"""Batches of few classes: what becomes of the norms whose statistics are those of a batch.

Shape legend: A arms (``ARMS``).
"""

from bnviz.labs.family.networks import accuracy, accuracy_in_batches, trained
from bnviz.labs.family.settings import Settings

BATCH_SIZE = 16
ARMS = {
    "eval": "BN, running statistics",
    "batch": "BN, statistics of batches sorted alike",
    "renorm": "renormalization",
    "ln": "layer norm",
}


def right(arm: str, settings: Settings) -> float:
    """Give the share of held-out digits that an arm reads right."""
    norm = "bn" if arm in ("eval", "batch") else arm
    trainer = trained(norm, BATCH_SIZE, settings.seed, settings.classes)
    if arm == "batch":
        return accuracy_in_batches(trainer, settings.classes, settings.seed)
    return accuracy(trainer)


def accuracies(settings: Settings) -> dict[str, list[float]]:
    """Give the accuracy of all arms, for the record."""
    return {"accuracy": [right(arm, settings) for arm in ARMS]}
