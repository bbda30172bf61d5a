"""Right labels: what batch norm gains on unseen digits, over the recorded starts."""

from dataclasses import dataclass
from math import sqrt

from bnviz.labs.regularization.bands import Bands, bands, nearest_batch
from bnviz.labs.regularization.settings import NORMS, Settings

N_UNSEEN = 360
"""Images on which every accuracy is measured."""
BN, NONE = NORMS.index("bn"), NORMS.index("none")


@dataclass(frozen=True, eq=False)
class Clean:
    """What is recorded, and the batch size that is looked at.

    Attributes
    ----------
    bands : Bands
    at : int
        Place of that batch size.
    """

    bands: Bands
    at: int

    @property
    def n_ahead(self) -> int:
        """The number of recorded starts from which BN did better."""
        return int((self.bands.gain[self.at] > 0).sum())

    @property
    def n_overlapping(self) -> int:
        """The number of batch sizes at which the bands of BN and of no norm overlap."""
        low, _, high = self.bands.clean
        return int(((low[:, BN] <= high[:, NONE]) & (low[:, NONE] <= high[:, BN])).sum())

    @property
    def median(self) -> float:
        """The median accuracy with BN."""
        return float(self.bands.clean[1, self.at, BN])

    @property
    def standard_error(self) -> float:
        """The error of that share of ``N_UNSEEN`` images, each right or wrong by itself."""
        return sqrt(self.median * (1 - self.median) / N_UNSEEN)


def measure(settings: Settings) -> Clean:
    """Look up what is recorded for the nearest batch size."""
    return Clean(bands(), nearest_batch(settings))
