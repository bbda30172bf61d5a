"""The frame of every page, and the few pieces that pages are written with.

A page reads::

    with page.frame("playground", Settings) as state:
        settings = controls(state)
        page.notes(state.notes)
        ...
"""

from __future__ import annotations

import csv
import gc
import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bnviz.labs.claim import Evidence
from bnviz.ui import address, registry

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_COLOURS = {"proved": "green", "measured here": "blue", "reported": "gray", "contested": "orange"}
_HERE = Path(__file__).parent
_TRANSLATED = (_HERE / "translated.js").read_text("utf-8")
_PATH = (_HERE / "path.js").read_text("utf-8")
_LOG = logging.getLogger(__name__)

S = TypeVar("S", bound="DataclassInstance")


@contextmanager
def frame(
    slug: str,
    settings_class: type[S],
    extras: Sequence[str] = (),
    *,
    longest: int = address.LONGEST_EXTRA,
) -> Iterator[address.PageState[S]]:
    """Draw the top bar with menu and path, and read the link; write the page inside.

    What stands in the link beside the settings is named by ``extras``; see `PageState.remember`. Of
    each of them ``longest`` characters are read.

    An exception in the body ends the page with a calm sentence and a link that opens it with its
    first settings; the traceback goes to the server's log. In AppTest such a page has no
    ``exception`` element but one ``error`` element.
    """
    entry = registry.page_of(slug)
    st.set_page_config(
        page_title=f"{entry.title} · bnviz",
        page_icon=str(_HERE / "icon.svg"),
        layout="wide",
    )
    _settle_process()
    state = address.read(slug, settings_class, extras, longest)
    top = st.container(key="top", gap="small")
    with top:
        st.html(_HERE / "page.css")
        _survive_translation()
        _keep_path()
        with st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**bnviz**", width="content")
            with st.popover(":material/menu: Menu", key="menu", type="tertiary"):
                _menu()
            st.markdown(f"**{entry.title}** :gray[{entry.question}]")
            _path()
    with guard(slug, top):
        yield state


def _survive_translation() -> None:
    """Let the browser translate the page without breaking it.

    A translator replaces the text nodes that React, under Streamlit, holds on to. The next change
    of the page then ends it with an error ("removeChild ... is not a child of this node"), or
    leaves old numbers in a new sentence. The script makes React find what replaced its nodes; it
    costs nothing where nobody translates. ``translate="no"`` would mend it, too, but then the
    sentences that matter most stay in English.
    """
    with st.container(key="translated"):  # page.css takes it out of the flow
        st.html(f"<script>{_TRANSLATED}</script>", unsafe_allow_javascript=True)


def _keep_path() -> None:
    """Let the browser keep which pages are done; the server never hears of it."""
    with st.container(key="keep"):  # page.css takes it out of the flow
        st.html(f"<script>{_PATH}</script>", unsafe_allow_javascript=True)


@contextmanager
def guard(slug: str, place: DeltaGenerator | None = None) -> Iterator[None]:
    """Keep errors of what is written inside from the reader.

    The calm sentence stands in ``place``, or where the error happened. A fragment that is drawn
    again on its own needs a guard of its own.
    """
    try:
        yield
    except Exception:
        _LOG.exception("The page %s ended with an error", slug)
        with place or st.container():
            st.error("This page could not be drawn with these settings. The server has noted why.")
            address.link("Open it with its first settings", slug, fresh=True)


@st.cache_resource(show_spinner=False, max_entries=1)
def _settle_process() -> None:
    """Prepare the server process, once.

    One BLAS thread: the matrices of the labs are small and are slower with more. And all that was
    imported is taken out of the garbage collector's sight, which else walks through it (29 to 168
    ms, with every other reader waiting) after each run.
    """
    threadpool_limits(limits=1)
    gc.collect()
    gc.freeze()


def _menu() -> None:
    """Draw links to all pages, by group; each opens as it was left."""
    with st.container(key="sheet", gap=None):
        for k, (group, entries) in enumerate(registry.MENU.items()):
            with st.container(key=f"group_{k}", horizontal=True, gap="small"):
                st.caption(group)
                with st.container(gap=None):
                    for entry in entries:
                        address.link(f"**{entry.title}** {entry.question}", entry.slug)


def _path() -> None:
    """Draw the stops of the path; the browser marks those that are done."""
    if registry.path():
        with st.container(key="path", horizontal=True, gap=None, width="content"):
            for stop in registry.path():
                address.link(stop.short, stop.slug)


def onward(slug: str) -> None:
    """Draw the link to the page to go on with, so that no page is a dead end."""
    after = registry.following(slug)
    kind = "Next" if after in registry.path() else "Deeper"
    address.link(f":material/arrow_forward: **{kind}: {after.title}**", after.slug)


def notes(sentences: Sequence[str]) -> None:
    """Write in one line what was set aside from a link; nothing if nothing was.

    The sentences quote a stranger's text, so no markup is read in them.
    """
    if sentences:
        with st.container(key="notes"):
            st.text(f"From the link: {'. '.join(sentences)}.")


def numbers(columns: Mapping[str, Sequence[Any] | NDArray[Any]], *, name: str) -> None:
    """Draw a table that can be downloaded as ``<name>.csv``.

    The columns (heading, with the unit -> values) must be of the same length, else it raises
    ValueError.
    """
    lists = {head: np.asarray(values).tolist() for head, values in columns.items()}
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(lists)
    writer.writerows(zip(*lists.values(), strict=True))
    st.dataframe(lists, hide_index=True)
    st.download_button(
        "Download as CSV", text.getvalue(), f"{name}.csv", "text/csv", on_click="ignore"
    )


def takeaway(sentence: str, aside: str = "") -> None:
    """Write what happened, and after it in grey what part of the run that is about."""
    with st.container(key="takeaway"):
        st.markdown(f"{sentence} :gray[{aside}]" if aside else sentence)


def evidence(kind: Evidence, source: str = "", held: str = "") -> str:
    """Return the mark of a claim as Markdown: how it is known, in how many seeds, and from where.

    Examples
    --------
    >>> evidence("reported", "Ioffe & Szegedy 2015")
    ':gray-badge[reported] :small[:gray[Ioffe & Szegedy 2015]]'
    >>> evidence("measured here", held="14 of 20")
    ':blue-badge[measured here] :small[:gray[in 14 of 20 new seeds]]'
    """
    badge = f":{_COLOURS[kind]}-badge[{kind}]"
    aside = "; ".join(filter(None, (held and f"in {held} new seeds", source)))
    return f"{badge} :small[:gray[{aside}]]" if aside else badge
