"""Settings worth a look, with what they show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    extras : mapping of str to str
        What of it to look at, as in the link: the pick of a chart, the step.
    """

    title: str
    sentence: str
    settings: S
    extras: Mapping[str, str] = field(default_factory=dict)
