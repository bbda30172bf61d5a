"""The messages of a stage: numbered, and each holds only what the one before it did not say.

A message may be lost on its way, as Streamlit leaves out what is overtaken. The browser then says
which one it cannot read, and the next one is whole again.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import time
from typing import Any

from bnviz.ui.stage.change import change


@dataclass(frozen=True)
class Sent:
    """What was sent last, kept in the session."""

    data: dict[str, Any]  # all that the stage shows
    message: dict[str, Any]  # what was sent of it
    whole: int  # the number of the last message that was whole


def next_message(sent: Sent | None, data: dict[str, Any], lacks: int) -> Sent:
    """Return the message that tells the browser of these data.

    The number is a time in milliseconds, so a server that starts again goes on counting upwards.
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
    before = sent.message["serial"] if sent else 0
    serial = max(before + 1, int(time() * 1000))
    head = {"serial": serial, "visit": data["visit"]}
    if sent is None or sent.data["visit"] != data["visit"] or lacks > sent.whole:
        return Sent(data, {**head, "base": None, "whole": data}, serial)
    news = change(sent.data, data)
    if not news:
        return sent
    return Sent(data, {**head, "base": before, "change": news}, sent.whole)
