"""The address bar: what a link says, and when it leads.

The whole state of a page stands in its URL: what differs from the default settings, as plain values
(``playground_batch_size=2``), and what the reader looks at (``playground_step=120``). The address
leads in three cases only: a page is opened, the reader goes back or forward, or a link made by
`link` is followed. At all other times the widgets lead and the address is rewritten after them.

Notes
-----
Streamlit's own ``bind="query-params"`` was measured in Chromium (1.67.0) and cannot do this:

- A followed ``st.page_link`` to the same page with parameters sets the widgets it names, leaves the
  other ones as they were, and leaves the address bar at the old URL. So presets as links make the
  URL and the widgets disagree.
- A bad value falls back to the default, silently; here it becomes the nearest value and a note.
- A moved widget replaces the history entry, so "back" leaves the page instead of undoing the move.
- It writes labels, so that no label may ever be reworded. Here the values stand in the URL.

Why not simply let the address lead whenever it differs from what was written last: a rerun carries
the URL that the browser had when it was sent. A message that was under way while the server wrote a
new URL carries the old one, and would undo the move. Links on the page that is open therefore carry
the mark `FOLLOW`, which never stays in the address bar, and going back or forward is told by the
run's own context.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bnviz.settings import from_query, readable, to_query
from bnviz.ui.registry import lab

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FOLLOW = "follow"
LONGEST_VIEW = 64  # characters of what a link says of the view
_PAGE = "bnviz.page"

S = TypeVar("S", bound="DataclassInstance")


def _key(slug: str, what: str) -> str:
    """Name an entry of the session."""
    return f"bnviz.{slug}.{what}"


def arrive(slug: str) -> None:
    """Keep what the address says, if it leads in this run.

    Parameters
    ----------
    slug : str
        The lab whose page runs.

    Notes
    -----
    Call it first on every page, also on one without controls: that a page was *opened* shows in
    the session, by another page having been there before. What it keeps waits for `opened`, so
    that a run that is superseded right after its start does not lose a link.
    """
    context = get_script_run_ctx()
    travelled = getattr(context, "is_history_navigation", False)
    if travelled or FOLLOW in st.query_params or st.session_state.get(_PAGE) != slug:
        st.session_state[_PAGE] = slug
        st.session_state[_key(slug, "visit")] = int(visit(slug)) + 1
        st.session_state[_key(slug, "arrival")] = {
            name: st.query_params.get_all(name) for name in st.query_params if name != FOLLOW
        }


def opened(settings_class: type[S], slug: str, view: Sequence[str] = ()) -> S | None:
    """Give the settings of the address if it leads, and keep its notes and its view.

    Parameters
    ----------
    settings_class : type
        The lab's settings.
    slug : str
        The lab.
    view : sequence of str
        The names that the page hands to `remember`.

    Returns
    -------
    settings_class or None
        None: the widgets lead. Until `settled` is called, each call gives the same.
    """
    params = st.session_state.get(_key(slug, "arrival"))
    if params is None:
        return None
    names = {f"{slug}_{name}": name for name in view}
    settings, notes = from_query(
        settings_class, {name: raws for name, raws in params.items() if name not in names}, slug
    )
    st.session_state[_key(slug, "view")] = {
        names[name]: raws[-1][:LONGEST_VIEW] for name, raws in params.items() if name in names
    }
    st.session_state[_key(slug, "notes")] = notes
    return settings


def settled(slug: str) -> None:
    """Let the widgets lead from now on.

    Parameters
    ----------
    slug : str
        The lab whose widgets have been set to what `opened` gave.
    """
    st.session_state[_key(slug, "visits")] = visits(slug) + 1
    st.session_state.pop(_key(slug, "arrival"), None)


def visits(slug: str) -> int:
    """Count how often the address has led on a page in this session.

    Parameters
    ----------
    slug : str
        The lab.

    Returns
    -------
    int
        1 from the first visit on.
    """
    return int(st.session_state.get(_key(slug, "visits"), 0))


def publish(
    slug: str, settings: DataclassInstance, set_aside: Sequence[str] = (), *, force: bool = False
) -> None:
    """Write settings and view to the address bar.

    Parameters
    ----------
    slug : str
        The lab.
    settings : dataclass instance
        What the page shows.
    set_aside : sequence of str
        Sentences on values of the widgets that do not go together.
    force : bool
        Also write if the run's own parameters say the same. The browser may still show another
        URL: it does not change it when a link to the open page is followed.
    """
    query = to_query(settings, slug)
    if set_aside or (not force and query != st.session_state.get(_key(slug, "query"))):
        st.session_state[_key(slug, "notes")] = list(set_aside)
    st.session_state[_key(slug, "query")] = query
    _write(slug, force=force)


def _write(slug: str, *, force: bool) -> None:
    """Bring the address bar up to date. The browser adds a history entry if the URL changes."""
    query = _state(slug)
    if force or st.query_params.to_dict() != query:
        st.query_params.from_dict(query)


def _state(slug: str) -> dict[str, str]:
    """Give all parameters of a lab as it was last seen in this session."""
    view = st.session_state.get(_key(slug, "view"), {})
    settings = st.session_state.get(_key(slug, "query"), {})
    return {**settings, **{f"{slug}_{name}": text for name, text in view.items()}}


def published(settings_class: type[S], slug: str) -> S:
    """Give the settings that the page showed last; the first ones before that.

    A widget's own value can be lost: Streamlit drops it when a run is cut off before the widget.
    """
    query = st.session_state.get(_key(slug, "query"), {})
    settings, _ = from_query(settings_class, query, slug)
    return settings


def visit(slug: str) -> str:
    """Name the address that leads since: it changes whenever a link is followed.

    What the reader has chosen on a stage counts for one visit, and a link begins a new one.
    """
    return str(st.session_state.get(_key(slug, "visit"), 0))


def notes(slug: str) -> list[str]:
    """Give the sentences on what was set aside.

    Parameters
    ----------
    slug : str
        The lab.

    Returns
    -------
    list of str
        Without markup. Empty once a control was moved.
    """
    return list(st.session_state.get(_key(slug, "notes"), []))


def remember(slug: str, name: str, value: str | None) -> None:
    """Put something that the reader looks at into the link; for callbacks.

    Parameters
    ----------
    slug : str
        The lab.
    name : str
        One of the names that the page gave to `controls` as its view.
    value : str or None
        Short text, or None to take it out of the link.
    """
    view = dict(st.session_state.get(_key(slug, "view"), {}))
    view.pop(name, None)
    st.session_state[_key(slug, "view")] = view if value is None else {**view, name: value}
    _write(slug, force=False)


def recall(slug: str, name: str) -> str | None:
    """Give what was remembered, or what the link says.

    Parameters
    ----------
    slug, name : str
        As for `remember`.

    Returns
    -------
    str or None
        Unchecked: a link may hold any text, of which at most `LONGEST_VIEW` characters are kept.
    """
    text: str | None = st.session_state.get(_key(slug, "view"), {}).get(name)
    return text


def misread(slug: str, name: str, wanted: Sequence[str]) -> list[str]:
    """Say that a link's text for what the reader looks at is none of what there is.

    Parameters
    ----------
    slug, name : str
        As for `remember`.
    wanted : sequence of str
        What may stand there; nothing at all always may.

    Returns
    -------
    list of str
        One sentence without markup, as in `notes`, or none.
    """
    text = recall(slug, name)
    if text is None or text in wanted:
        return []
    return [f'"{name} {readable(text)}" is not one of {", ".join(wanted)}; it is set aside']


def link(
    label: str,
    slug: str,
    settings: DataclassInstance | None = None,
    *,
    view: Mapping[str, str] | None = None,
    fresh: bool = False,
) -> None:
    """Draw a link to a lab.

    Parameters
    ----------
    label : str
        Markdown.
    slug : str
        The lab, also the one whose page is open.
    settings : dataclass instance, optional
        What the link sets, everything else to its default. Without: the lab as it was left.
    view : mapping of str to str, optional
        What the link looks at, by the names that the page gives to `remember`.
    fresh : bool
        True: the lab as at the first visit.

    Notes
    -----
    It is a real link that can be copied or opened in a new tab, but following it does not load the
    page anew.
    """
    as_left = settings is None and not fresh
    query = _state(slug) if as_left else {} if settings is None else to_query(settings, slug)
    query = query | {f"{slug}_{name}": value for name, value in (view or {}).items()}
    if not as_left and st.session_state.get(_PAGE) == slug:
        query[FOLLOW] = "1"
    st.page_link(lab(slug).page, label=label, query_params=query)
