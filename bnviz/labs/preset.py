"""Settings worth a look, with what they show."""

from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S")


@dataclass(frozen=True)
class Preset(Generic[S]):
    """Settings worth a look.

    Parameters
    ----------
    title : str
        A few words.
    sentence : str
        What one sees there; a claim, tested over several seeds.
    settings : dataclass instance
        All settings, the seed included. Values that the controls offer.
    """

    title: str
    sentence: str
    settings: S
