"""What a session hears from the server: the stage, the traffic, and how long both took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from streamlit.proto.Element_pb2 import Element


@dataclass(frozen=True)
class StageState:
    """What a stage says about the run that it shows."""

    run: str
    running: bool
    n_snapshots: int


class Stage:
    """A stage as a browser holds it: a message may say only what has changed in the charts.

    The run, whether it goes on, and the steps stand in each message; they are read here.

    Attributes
    ----------
    lacks : dict or None
        What the browser reports if a message builds on one that has not come.
    """

    def __init__(self) -> None:
        self.lacks: dict[str, Any] | None = None
        self._serial = -1

    def read(self, message: Mapping[str, Any]) -> StageState | None:
        """Take a message; None if it is an old one, or cannot be read yet."""
        if message["serial"] <= self._serial:
            return None
        if message["base"] not in (None, self._serial):
            self.lacks = {"visit": message["visit"], "value": message["serial"]}
            return None
        self._serial, self.lacks = message["serial"], None
        return StageState(message["run"], message["running"], len(message["steps"]))


def stage_message(element: Element) -> dict[str, Any] | None:
    """Return the message of the stage that an element holds; None for any other element."""
    if element.WhichOneof("type") != "bidi_component":
        return None
    component = element.bidi_component
    data = json.loads(component.mixed.json if component.HasField("mixed") else component.json)
    return data if isinstance(data, dict) and "serial" in data else None


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
