"""One chart of a stage: a figure, what it tells those who cannot see it, and its small choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bnviz.figures.frames import Figure, Frames


@dataclass(frozen=True)
class Pick:
    """A small choice in the header of a chart, such as the layer it shows.

    Parameters
    ----------
    name : str
        Its key in ``StageState.choices``, unique on the stage.
    label : str
        What the choice is about, read out to those who cannot see it.
    options : dict
        Value to label, in the order shown; both are strings.
    value : str
        The one that is chosen now; a ValueError if it is not among the options.
    kind : {"segments", "select"}
        Buttons side by side (for two to four short labels) or a drop-down.
    """

    name: str
    label: str
    options: Mapping[str, str]
    value: str
    kind: Literal["segments", "select"] = "segments"

    def __post_init__(self) -> None:
        if self.value not in self.options:
            wanted = ", ".join(self.options)
            raise ValueError(f"pick {self.name!r} must be one of {wanted}, got {self.value!r}")
        if self.kind not in ("segments", "select"):
            raise ValueError(f"kind must be 'segments' or 'select', got {self.kind!r}")


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart of the stage.

    Parameters
    ----------
    id : str
        A stable name, unique on the stage; a chart with the same id keeps its zoom.
    figure : dict
        A plain Plotly figure whose moving parts are ``Frames``. Its title is shown as text above
        the plot, and may itself be ``Frames`` of strings. Room above the plot area for a label
        inside it: ``layout.meta = {"top": 24}``, in pixels.
    alt : str or Frames of str
        What a reader who cannot see the chart is told: the finding, not the chart type.
    choices : sequence of Pick
        Shown at the right of the header.
    name : str
        What the chart is about, in a few words, above its finding; none if empty.
    look : str
        What to look at, a sentence; it is there while the run plays by itself.
    """

    id: str
    figure: Figure
    alt: str | Frames
    choices: Sequence[Pick] = ()
    name: str = ""
    look: str = ""


def alt_text(figure: Figure, what: str) -> str | Frames:
    """Return the alt text of a figure: its finding, at each snapshot, and what is drawn."""
    finding = figure["layout"]["title"]["text"]
    if isinstance(finding, Frames):
        return Frames([f"{text}. {what}" for text in finding.values])
    return f"{finding}. {what}"
