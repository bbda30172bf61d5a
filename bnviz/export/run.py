"""The numbers of a run as JSON, with the settings that give them again."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def as_json(
    settings: "DataclassInstance", link: str, columns: Mapping[str, Any], version: str = ""
) -> str:
    """Return settings, version, link and columns as JSON; what is not finite is null.

    Examples
    --------
    >>> from bnviz.labs.playground import Settings
    >>> text = as_json(Settings(), "https://example.org/", {"loss": np.array([2.5, np.nan])})
    >>> json.loads(text)["numbers"]
    {'loss': [2.5, None]}
    """
    numbers = {
        name: [_plain(v) for v in np.asarray(values).tolist()] for name, values in columns.items()
    }
    said = {
        "bnviz": version, "link": link, "settings": asdict(settings), "numbers": numbers,
    }  # fmt: skip
    return json.dumps(said, indent=1, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
