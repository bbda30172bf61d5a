"""A sentence of a page, and how it is known."""

import re
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
    held : str
        In how many seeds, none of which chose a setting, what was measured holds: ``"10 of 10"``.
        A test counts them again. A ValueError for any other form, or for what was not measured.
    """

    text: str
    evidence: Evidence
    source: str = ""
    view: str = ""
    held: str = ""

    def __post_init__(self) -> None:
        if self.evidence in ("reported", "contested") and not self.source:
            raise ValueError(f"what is {self.evidence} needs a source: {self.text!r}")
        if self.held and self.evidence != "measured here":
            raise ValueError(f"only what is measured here holds in some seeds: {self.text!r}")
        if self.held and not re.fullmatch(r"\d+ of \d+", self.held):
            raise ValueError(f"held must be like '10 of 10', got {self.held!r}")
