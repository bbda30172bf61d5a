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
from itertools import groupby
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
_LOG = logging.getLogger(__name__)

S = TypeVar("S", bound="DataclassInstance")


@contextmanager
def frame(
    slug: str, settings_class: type[S], view: Sequence[str] = ()
) -> Iterator[address.PageState[S]]:
    """Draw the top bar with the menu, read the link, and keep errors of the body from the reader.

    Parameters
    ----------
    slug : str
        The lab whose page this is.
    settings_class : type
        What can be set on the page.
    view : sequence of str
        What else stands in its link: names for `PageState.remember`.

    Yields
    ------
    PageState
        What the page is to show. Write the page inside.

    Notes
    -----
    An exception in the body ends the page with a calm sentence and a link that opens it with its
    first settings; the traceback goes to the server's log. In AppTest such a page has no
    ``exception`` element but one ``error`` element.
    """
    entry = registry.lab(slug)
    st.set_page_config(
        page_title=f"{entry.title} · bnviz",
        page_icon=str(_HERE / "icon.svg"),
        layout="wide",
    )
    _settle_process()
    state = address.read(slug, settings_class, view)
    top = st.container(key="top", gap="small")
    with top:
        st.html(_HERE / "page.css")
        _survive_translation()
        with st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown("**bnviz**", width="content")
            _menu(entry.title)
            st.markdown(f":gray[{entry.question}]")
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


@contextmanager
def guard(slug: str, place: DeltaGenerator | None = None) -> Iterator[None]:
    """Keep errors of what is written inside from the reader.

    A fragment that is drawn again on its own needs one of its own.

    Parameters
    ----------
    slug : str
        The lab.
    place : DeltaGenerator, optional
        Where the calm sentence stands instead; the default is the place where the error happened.
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


def _menu(title: str) -> None:
    """Draw the menu of all labs, by group; each opens as it was left."""
    with st.popover(title, key="menu", type="tertiary"):
        for group, entries in groupby(registry.LABS, key=lambda entry: entry.group):
            st.caption(group)
            for entry in entries:
                address.link(f"**{entry.title}** {entry.question}", entry.slug)


def notes(sentences: Sequence[str]) -> None:
    """Say in one line what was set aside from a link; nothing if nothing was.

    Parameters
    ----------
    sentences : sequence of str
        As `PageState.notes` holds them. They quote a stranger's text, so no markup is read in them.
    """
    if sentences:
        with st.container(key="notes"):
            st.text(f"From the link: {'. '.join(sentences)}.")


def show(figure: Mapping[str, Any], *, alt: str) -> None:
    """Draw a figure that does not move.

    Parameters
    ----------
    figure : mapping
        A Plotly figure without moving parts.
    alt : str
        What it shows, as a sentence, for those who cannot see it.
    """
    st.plotly_chart(figure, theme=None, alt=alt)


def numbers(columns: Mapping[str, Sequence[Any] | NDArray[Any]], *, name: str) -> None:
    """Show numbers as a table that can be downloaded.

    Parameters
    ----------
    columns : mapping of str to sequence
        Heading, with the unit -> values; all of the same length.
    name : str
        File name of the download, without its ending.

    Raises
    ------
    ValueError
        If the columns differ in length.
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
    """State what happened.

    Parameters
    ----------
    sentence : str
        Markdown. Its numbers come from the trace.
    aside : str
        Said after it in grey: what of the run it is about.
    """
    with st.container(key="takeaway"):
        st.markdown(f"{sentence} :gray[{aside}]" if aside else sentence)


def try_this(sentence: str) -> None:
    """Suggest the next experiment, below a heading that says so.

    Parameters
    ----------
    sentence : str
        Markdown.
    """
    st.markdown(f":material/experiment: {sentence}")


def evidence(kind: Evidence, source: str = "") -> str:
    """Write the mark of a claim, to be put into Markdown text.

    Parameters
    ----------
    kind : {"proved", "measured here", "reported", "contested"}
        How the claim is known.
    source : str
        Paper and place; wanted for what is reported or contested.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> evidence("reported", "Ioffe & Szegedy 2015")
    ':gray-badge[reported] :small[:gray[Ioffe & Szegedy 2015]]'
    """
    badge = f":{_COLOURS[kind]}-badge[{kind}]"
    return f"{badge} :small[:gray[{source}]]" if source else badge
