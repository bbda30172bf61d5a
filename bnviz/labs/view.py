"""A view of a lab: everything that a reader of it meets, in one object.

A view file is ``labs/<slug>/<name>_view.py`` and ends with ``VIEW = View(...)``. What it shows is
measured in ``labs/<slug>/<name>.py``, which knows no words and no figures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.overlay import line_of, overlay
from bnviz.labs.arm import Arm, finish
from bnviz.labs.claim import Claim
from bnviz.labs.parting import parting
from bnviz.labs.sketch import Sketch

S = TypeVar("S")
F = TypeVar("F")


@dataclass(frozen=True)
class Timeline:
    """The snapshots of a run that can be played.

    Parameters
    ----------
    steps : sequence of int
        The step of each snapshot.
    n_steps : int
        Steps of the whole run.
    labels : sequence of str
        What each snapshot is called; the default is its step.
    pace_s : float
        How long each snapshot is shown in a playback at speed 1, in seconds.
    """

    steps: Sequence[int] = (0,)
    n_steps: int = 0
    labels: Sequence[str] = ()
    pace_s: float = 0.1


@dataclass(frozen=True, eq=False)
class Trace(Generic[S, F]):
    """What a view draws and tells: the settings, and what was measured for them.

    Attributes
    ----------
    settings : the lab's settings
    found : what the view's measure gives
    """

    settings: S
    found: F


@dataclass(frozen=True)
class Plot:
    """A chart of a view.

    Parameters
    ----------
    id : str
        Unique on the stage; a chart with the same id keeps its zoom.
    draw : callable
        Trace -> figure. Its title is the finding.
    what : str
        What is drawn, a sentence for those who cannot see it; it is read after the finding.
    """

    id: str
    draw: Callable[[Any], Figure]
    what: str


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of a lab.

    Parameters
    ----------
    name : str
        In links.
    label : str
        On its button.
    measure : callable
        Settings -> result, or a generator; see `bnviz.labs.arm`. It may read the fields of
        ``needs`` and no others.
    needs : tuple of str
        The fields of the settings that the measure depends on.
    free : tuple of str
        The fields that have a control as soon as the view is on show; "More controls" brings the
        rest of those that matter.
    idle : tuple of str
        Fields of ``needs`` that the measure reads and that change nothing that is shown.
    takeaway : callable
        Trace -> what happened, one sentence of Markdown.
    formula : callable
        Trace -> the formula, and the same with the reader's numbers, as LaTeX.
    table : callable
        Trace -> the numbers: heading -> column.
    plots : tuple of Plot
        One to four, else there is a ValueError.
    code : tuple of callable
        The functions and classes that did it: those that the measure runs. At least one.
    deeper : bool
        Whether its button waits under "Deeper".
    reading : str
        How to read the pictures, Markdown. The first paragraph, of at most 60 words, is in sight;
        the others wait under "More on these charts".
    try_this : str
        The next experiment, Markdown; empty: that of the lab.
    claims, notes : tuple of Claim
        How its sentences are known; where in practice this matters.
    timeline : callable, optional
        Trace -> Timeline, for a view that is played.
    credit : callable, optional
        Trace -> Markdown below the charts: what is recorded and what is live.
    sketch : Sketch, optional
        The line of one of its plots that a reader may draw before it is shown.
    mine : callable, optional
        Settings, the reader's digit -> `bnviz.labs.mine.Mine`; a measure as above.
    """

    name: str
    label: str
    measure: Callable[..., Any]
    needs: tuple[str, ...]
    free: tuple[str, ...]
    takeaway: Callable[[Any], str]
    formula: Callable[[Any], str]
    table: Callable[[Any], Mapping[str, Sequence[Any]]]
    plots: tuple[Plot, ...]
    code: tuple[Callable[..., Any], ...]
    idle: tuple[str, ...] = ()
    deeper: bool = False
    reading: str = ""
    try_this: str = ""
    claims: tuple[Claim, ...] = ()
    notes: tuple[Claim, ...] = ()
    timeline: Callable[[Any], Timeline] | None = None
    credit: Callable[[Any], str] | None = None
    sketch: Sketch | None = None
    mine: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.plots) <= 4:
            raise ValueError(f"{self.name} needs one to four plots, got {len(self.plots)}")
        if not self.code:
            raise ValueError(f"{self.name} needs the code that did it, got none")
        if self.sketch and self.sketch.plot not in {plot.id for plot in self.plots}:
            raise ValueError(f"{self.name} has a sketch on {self.sketch.plot!r}, which is no plot")

    @property
    def matters(self) -> set[str]:
        """The fields that change what the view shows; no other has a control."""
        return {*self.needs, *self.free} - set(self.idle)

    def arm(self, settings: Any) -> Arm:
        """Return the work for these settings; what it does not depend on stands at its default."""
        return Arm(self.measure, (self._needed(settings),))

    def mine_arm(self, settings: Any, digit: str) -> Arm:
        """Return the work for the reader's digit; a ValueError where the view has no use for it."""
        if self.mine is None:
            raise ValueError(f"{self.name} does nothing with a digit")
        return Arm(self.mine, (self._needed(settings), digit))

    def _needed(self, settings: Any) -> Any:
        kept = {name: getattr(settings, name) for name in self.needs}
        return replace(type(settings)(), **kept)

    def run(self, settings: Any) -> Trace[Any, Any]:
        """Do all the work here and now: the same arrow as on the page, for tests and notebooks."""
        return Trace(settings, finish(self.arm(settings)))

    def charts(self, trace: Trace[Any, Any], sketched: str = "") -> list[Chart]:
        """Return the charts, drawn, with the reader's sketch over its run if there is one."""
        charts = []
        for plot in self.plots:
            figure = plot.draw(trace)
            if self.sketch and sketched and plot.id == self.sketch.plot:
                heights = self.sketch.heights(sketched)
                figure = overlay(figure, np.asarray(self.sketch.x, float), heights)
            charts.append(Chart(plot.id, figure, alt_text(figure, plot.what)))
        return charts

    def parts(self, charts: Sequence[Chart], sketched: str) -> str:
        """Return where the reader's sketch parts from its run; empty while there is no run."""
        if self.sketch is None or not sketched:
            return ""
        figure = next(chart.figure for chart in charts if chart.id == self.sketch.plot)
        run = line_of(figure, self.sketch.line)
        return "" if run is None else parting(self.sketch, sketched, *run)

    def times(self, trace: Trace[Any, Any]) -> Timeline:
        """Return the snapshots; a view that is not played has one, at step 0."""
        return self.timeline(trace) if self.timeline else Timeline()


def columns(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    """Return a table that is written row by row as columns, by their headings."""
    return {head: [row[k] for row in rows] for k, head in enumerate(headings)}
