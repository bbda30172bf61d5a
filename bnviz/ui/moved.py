"""Views that moved to another page: old links lead to where they are now."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from bnviz.labs.lab import Lab
from bnviz.labs.question import SKIPPED
from bnviz.ui.registry import MOVED, page_of

BUGS = {
    "forgot_eval": "depends-on-batch",
    "batch_of_one": "batch-too-small",
    "stale": "stale-statistics",
    "swapped": "last-batch-statistics",
    "sorted": "dependent-batches",
    "shifted": "shifted-data",
}
"""The bugs that the lab on train and eval had -> the faults of the doctor."""
BUG_BATCH_SIZE = "4"
"""Where an old link names no batch size."""


def lead_on(lab: Lab) -> None:
    """Open the page that a view of the link has moved to, if it has; nothing else is drawn then.

    The settings, the step and the view stay as they are. The answer to the question of the old page
    is none to that of the new one: who had the result in sight has it again.
    """
    old = f"{lab.slug}_"
    view = st.query_params.get(f"{old}view", "")
    said = {
        name.removeprefix(old): st.query_params[name]
        for name in st.query_params
        if name.startswith(old)
    }
    if (lab.slug, view) == ("train_eval", "bugs"):
        _open("doctor", of_bug(said))
    new = MOVED.get((lab.slug, view))
    if new is None:
        return
    strangers = {*lab.settings.__dataclass_fields__, "transfer"} - {"seed"}
    said = {name: text for name, text in said.items() if name not in strangers}
    if "predicted" in said:
        said["predicted"] = SKIPPED
    _open(new, said)


def of_bug(said: Mapping[str, str]) -> dict[str, str]:
    """Return what the doctor's link says for an old link to one of the six bugs.

    Examples
    --------
    >>> of_bug({"view": "bugs", "bug": "stale", "seed": "3", "momentum": "0.3"})
    {'fault': 'stale-statistics', 'batch_size': '4', 'seed': '3'}
    """
    fault = BUGS.get(said.get("bug", ""), BUGS["forgot_eval"])
    size = {"batch_size": said.get("batch_size", BUG_BATCH_SIZE)}
    return {"fault": fault, **size, **({"seed": said["seed"]} if "seed" in said else {})}


def _open(slug: str, said: Mapping[str, str]) -> None:
    query = {f"{slug}_{name}": text for name, text in said.items()}
    st.switch_page(page_of(slug).script, query_params=query)
