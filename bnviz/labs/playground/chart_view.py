"""A chart of the playground: everything that a reader of it meets, in one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bnviz.labs.playground.settings import Settings

if TYPE_CHECKING:
    from bnviz.figures.chart import Pick
    from bnviz.labs.playground.trace import Trace


@dataclass(frozen=True, kw_only=True)
class RunChart:
    """A chart of a run; its file is ``<id>_view.py``.

    Parameters
    ----------
    id : str
        Unique on the stage; a chart with the same id keeps its zoom.
    name : str
        What it is about, in a few words.
    draw : callable
        Trace and what was picked (name -> value) -> figure. Its title is the finding.
    what : str
        What is drawn, a sentence for those who cannot see it; it is read after the finding.
    look : str
        What to look at while the run plays, one sentence that holds for every run.
    reading : str
        How to read it, Markdown.
    picks : callable
        Settings -> the small choices in its header, with their values at first.
    """

    id: str
    name: str
    draw: Callable[[Trace, Mapping[str, str]], dict[str, Any]]
    what: str
    look: str
    reading: str
    picks: Callable[[Settings], Sequence[Pick]] = lambda _: ()

    def figure(self, trace: Trace, **picked: str) -> dict[str, Any]:
        """Draw the chart; what is not picked is as at first."""
        first = {pick.name: pick.value for pick in self.picks(Settings())}
        return self.draw(trace, first | picked)
