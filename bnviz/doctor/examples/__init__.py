"""Six check-ups of models that are broken in one way each: small files to look at without a model.

``python -m bnviz.doctor.examples`` makes them again; it needs PyTorch.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bnviz.doctor.report import Report


@dataclass(frozen=True)
class Example:
    """A recorded check-up.

    Attributes
    ----------
    name : str
        Of its file, and in links.
    words : str
        What the model is, and what happened to it.
    code : str
        The fault that it was broken with.
    """

    name: str
    words: str
    code: str

    @property
    def path(self) -> Path:
        """Where its report is."""
        return Path(__file__).parent / f"{self.name}.bn.json"


EXAMPLES = (
    Example("short", "Dense network, 40 steps at momentum 0.01", "stale-statistics"),
    Example("loaded", "Convolutions, loaded without buffers", "never-updated"),
    Example("overflow", "Convolutions, one batch with inf", "non-finite-statistics"),
    Example("sorted", "Convolutions, one digit per batch", "dependent-batches"),
    Example("streams", "Two streams through one layer", "shared-layer"),
    Example("average", "Averaged weights, new buffers", "averaged-weights"),
)


@cache
def report(name: str) -> Report:
    """Return a recorded report; ValueError if there is none of this name."""
    for one in EXAMPLES:
        if one.name == name:
            return Report.load(one.path)
    raise ValueError(f"name must be one of {[one.name for one in EXAMPLES]}, got {name!r}")
