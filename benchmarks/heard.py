"""What a session hears from the server: the stage, the traffic, and how long both took."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from time import monotonic

from streamlit.proto.Element_pb2 import Element


@dataclass(frozen=True)
class StageState:
    """What a message of the stage says about the run that it shows."""

    run: str
    running: bool
    n_snapshots: int


def stage_state(element: Element) -> StageState | None:
    """Read a message of the stage; None for any other element, and for a stage without a run."""
    if element.WhichOneof("type") != "bidi_component":
        return None
    component = element.bidi_component
    data = json.loads(component.mixed.json if component.HasField("mixed") else component.json)
    if not (isinstance(data, dict) and data.get("run") and "running" in data):
        return None
    return StageState(data["run"], data["running"], len(data.get("steps", ())))


@dataclass
class Wait:
    """How long a reader waits after one move, in seconds."""

    before: str | None  # the run that the stage showed
    start: float = field(default_factory=monotonic)
    first_s: float | None = None  # until the first message of the stage of another run
    finished_s: float | None = None  # until that run is over

    def hear(self, stage: StageState) -> None:
        """Note what the stage shows now."""
        if stage.run == self.before or not stage.n_snapshots:
            return
        waited = monotonic() - self.start
        self.first_s = waited if self.first_s is None else self.first_s
        if not stage.running:
            self.finished_s = waited


@dataclass
class Traffic:
    """What the server has sent to one session, and how often it ran the script."""

    n_reruns: int = 0  # of the whole script
    n_fragments: int = 0  # of a fragment alone
    n_messages: int = 0
    n_bytes: int = 0
    n_stages: int = 0  # messages that hold the charts
    n_asked: int = 0  # messages of the browser

    def minus(self, other: Traffic) -> Traffic:
        """Return what came since ``other`` was copied."""
        return Traffic(**{name: now - vars(other)[name] for name, now in vars(self).items()})
