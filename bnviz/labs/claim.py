"""A sentence of a page, and how it is known."""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["proved", "measured here", "reported", "contested"]


@dataclass(frozen=True)
class Claim:
    """A sentence of the page, and how it is known.

    Parameters
    ----------
    text : str
        Markdown.
    evidence : {"proved", "measured here", "reported", "contested"}
    source : str
        Paper and place; without it what is reported or contested is a ValueError.
    view : str
        The only view that it is about; the default is all of the lesson.
    """

    text: str
    evidence: Evidence
    source: str = ""
    view: str = ""

    def __post_init__(self) -> None:
        if self.evidence in ("reported", "contested") and not self.source:
            raise ValueError(f"what is {self.evidence} needs a source: {self.text!r}")
