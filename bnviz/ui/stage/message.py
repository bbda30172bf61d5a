"""The messages of a stage: numbered, and each holds of the charts only what has changed.

A message may be lost on its way, as Streamlit leaves out what is overtaken. The browser then says
which one it cannot read, and the next one is whole again.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import time
from typing import Any

from bnviz.ui.stage.change import change

PARTS = ("charts", "template", "dark")
"""What is large; all else stands in every message."""


@dataclass(frozen=True)
class Sent:
    """What was sent last, kept in the session."""

    data: dict[str, Any]  # all that the stage shows
    message: dict[str, Any]  # what was sent of it
    whole: int  # the number of the last message that was whole


def next_message(sent: Sent | None, data: dict[str, Any], lacks: int) -> Sent:
    """Return the message that tells the browser of these data.

    The same data give the same message, as Streamlit sends one only if it has changed.

    Parameters
    ----------
    sent : Sent, optional
        What was sent before; None for the first message.
    data : dict
        All that the stage shows, with ``"visit"``. Another visit begins with a whole message.
    lacks : int
        The number of the newest message that the browser could not read; -1 for none.
    """
    if sent is not None and sent.data == data and lacks <= sent.whole:
        return sent
    before = sent.message["serial"] if sent else 0
    serial = number_after(before)
    head = {name: value for name, value in data.items() if name not in PARTS} | {"serial": serial}
    if sent is None or sent.data["visit"] != data["visit"] or lacks > sent.whole:
        return Sent(data, {**head, "base": None, "whole": parts(data)}, serial)
    news = change(parts(sent.data), parts(data))
    return Sent(data, {**head, "base": before, "change": news}, sent.whole)


def number_after(before: int) -> int:
    """Return the number of the next message.

    It is a time in milliseconds, so a server that starts again goes on counting upwards.
    """
    return max(before + 1, int(time() * 1000))


def parts(data: dict[str, Any]) -> dict[str, Any]:
    """Return what is large in what a stage shows."""
    return {name: data[name] for name in PARTS}
