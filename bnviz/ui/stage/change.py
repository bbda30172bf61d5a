"""What has changed from one message of the stage to the next, so that only this is sent.

The browser puts a change into what it holds (``message.js``). A change is a dict:

``{"is": value}``
    Another value stands here.
``{"at": {key: change}}``
    Parts have changed, of a dict or of a list (there the key is the place).
``{"more": [value, ...]}``
    These follow at the end of a list; it may come together with ``"at"``.
"""

from __future__ import annotations

from typing import Any

Change = dict[str, Any]


def change(old: Any, new: Any) -> Change:
    """Return what turns ``old`` into ``new``; empty if nothing does.

    Both are made of what JSON can hold. 1 and True are taken as equal, so no place holds both.

    Examples
    --------
    >>> change({"steps": [0, 10], "run": "a"}, {"steps": [0, 10, 20], "run": "a"})
    {'at': {'steps': {'more': [20]}}}
    """
    if old == new:
        return {}
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() <= new.keys():
        return {"at": {key: _of_part(old, key, new[key]) for key in _others(old, new)}}
    if isinstance(old, list) and isinstance(new, list) and 0 < len(old) <= len(new):
        here = new[: len(old)]
        if old == here:
            return {"more": new[len(old) :]}
        if isinstance(old[0], dict | list):
            pairs = enumerate(zip(old, here, strict=True))
            parts = {str(k): change(a, b) for k, (a, b) in pairs if a != b}
            return {"at": parts} | ({"more": new[len(old) :]} if len(new) > len(old) else {})
    return {"is": new}


def _others(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return the keys of ``new`` that are not in ``old``, or have another value there."""
    return [key for key in new if key not in old or old[key] != new[key]]


def _of_part(old: dict[str, Any], key: str, value: Any) -> Change:
    return change(old[key], value) if key in old else {"is": value}
