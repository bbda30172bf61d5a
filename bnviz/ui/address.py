"""The state of a page and the address bar: what a link says, and when it leads.

The whole state of a page stands in its URL: what differs from the default settings, as plain values
(``playground_batch_size=2``), and what the reader looks at (``playground_step=120``). One run of a
page goes this way::

    address bar ──if it leads──▶ PageState ──▶ widgets
    widgets ─────otherwise─────▶ PageState ──▶ address bar

1. `read`, called by ``page.frame``, finds the `PageState` of the page. If the address leads, the
   state takes what the link says, and the widgets are set to it. Otherwise it takes what the
   widgets say. A text is only read where it is new. Then the address bar is brought up to date.
2. ``controls`` draws the widgets, and the page draws itself, from the state.
3. What the reader clicks changes the state or the widgets in callbacks (`PageState.remember`,
   `PageState.change`), before the next run begins at 1.

The address leads in three cases only: a page is opened, the reader goes back or forward, or a link
made by `link` is followed.

Notes
-----
Streamlit's own ``bind="query-params"`` was measured in Chromium (1.67.0) and cannot do this:

- A followed ``st.page_link`` to the same page with parameters sets the widgets it names, leaves the
  other ones as they were, and leaves the address bar at the old URL. So presets as links make the
  URL and the widgets disagree.
- A bad value falls back to the default, silently; here it becomes the nearest value and a note.
- A moved widget replaces the history entry, so "back" leaves the page instead of undoing the move.
- It writes labels, so that no label may ever be reworded. Here the values stand in the URL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from bnviz.settings import Mark, fields, from_query, readable, to_query
from bnviz.ui.registry import page_of
from bnviz.ui.widgets import Widgets

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FOLLOW = "follow"
LONGEST_EXTRA = 64  # characters of what stands in a link beside the settings
_OPEN = "bnviz.page"

S = TypeVar("S", bound="DataclassInstance")


@dataclass
class PageState(Generic[S]):
    """What a page shows in one session.

    Attributes
    ----------
    slug : str
        The lab.
    settings : dataclass instance
        What the link or the widgets said last. Always valid.
    extras : dict of str to str
        What stands in the link beside the settings, such as the step: unchecked and never long, as
        a link may hold any text.
    linked : dict of str to str
        The extras of the link, each until a control is moved or another value is chosen.
    notes : list of str
        Sentences without markup on what was set aside; empty once a control was moved.
    visit : str
        Changes whenever a link is followed or the page is opened. A widget that the link sets has
        it in its key, and what was chosen on a stage counts for one visit.
    widgets : Widgets
        The values of the controls.
    """

    slug: str
    settings: S
    extras: dict[str, str] = field(default_factory=dict)
    linked: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    visit: str = "0"
    widgets: Widgets = field(init=False)
    _link_waits: bool = False  # the widgets and the address bar do not show the link yet
    _texts: dict[str, str] = field(default_factory=dict)  # of the widgets, when last read

    def __post_init__(self) -> None:
        self.widgets = Widgets(self.slug)

    def remember(self, name: str, value: str | None) -> None:
        """Put something that the reader looks at into the link, or take it out with None.

        The name is one of the extras that the page gave to ``page.frame``; the value is short.
        """
        self.extras.pop(name, None)
        if value is not None:
            self.extras[name] = value
            self.linked.pop(name, None)

    def change(self, values: Mapping[str, Any]) -> None:
        """Set some settings, by the name of their fields; for callbacks."""
        self.widgets.put(self.marks, values)

    def misread(self, wanted: Mapping[str, Sequence[str]]) -> list[str]:
        """Return a sentence for each extra of the link that is not among the wanted ones."""
        return [
            f'"{name} {readable(text)}" is not one of {", ".join(wanted[name])}; it is set aside'
            for name, text in self.linked.items()
            if name in wanted and text not in wanted[name]
        ]

    @property
    def marks(self) -> Mapping[str, Mark]:
        """The marks of the settings, by the name of the field."""
        return fields(type(self.settings))

    @property
    def query(self) -> dict[str, str]:
        """All parameters of the page's link."""
        extras = {f"{self.slug}_{name}": text for name, text in self.extras.items()}
        return {**to_query(self.settings, self.slug), **extras}

    def take_link(
        self,
        settings_class: type[S],
        params: Mapping[str, Sequence[str]],
        names: Sequence[str],
        longest: int = LONGEST_EXTRA,
    ) -> None:
        """Take what a link says, in place of everything before."""
        extras = {f"{self.slug}_{name}": name for name in names}
        self.extras = {extras[k]: raws[-1][:longest] for k, raws in params.items() if k in extras}
        self.linked = dict(self.extras)
        rest = {key: raws for key, raws in params.items() if key not in extras}
        self.settings, self.notes = from_query(settings_class, rest, self.slug)
        self.visit = str(int(self.visit) + 1)
        self._link_waits = True

    def show_link(self) -> None:
        """Bring the widgets and the address bar up to date with the link; once done, they lead.

        If the run is cut off in here, the next one does it again, and no link is lost. The address
        bar is always written: when a link to the open page is followed, the browser still shows
        another URL than it told this run.
        """
        if self._link_waits:
            self.widgets.put(self.marks, asdict(self.settings))
            self._texts = self.widgets.texts(self.marks)
            self.write(force=True)
            self._link_waits = False

    def take_widgets(self) -> None:
        """Take what the widgets say, if one of them says something new."""
        texts = self.widgets.texts(self.marks)
        if texts != self._texts:
            self.settings, self.notes = from_query(type(self.settings), texts, self.slug)
            self._texts, self.linked = texts, {}

    def write(self, *, force: bool = False) -> None:
        """Write the address bar. The browser adds a history entry if the URL changes."""
        if force or st.query_params.to_dict() != self.query:
            st.query_params.from_dict(self.query)


def read(
    slug: str,
    settings_class: type[S],
    extras: Sequence[str] = (),
    longest: int = LONGEST_EXTRA,
) -> PageState[S]:
    """Return the state of a page, after the link if it leads and after the widgets otherwise.

    It is the same object as long as the session lasts, and `state` finds it as well. Links and
    widgets are read by the same function, so that both give the same settings. ``extras`` holds the
    names that the page hands to `PageState.remember`; of each of their texts in a link ``longest``
    characters are read.
    """
    now: PageState[S] = st.session_state.setdefault(
        f"bnviz.{slug}", PageState(slug, settings_class())
    )
    if type(now.settings) is not settings_class:  # its file was edited while the session goes on
        now.settings, _ = from_query(settings_class, to_query(now.settings, slug), slug)
    now.widgets.ignore_late_message()
    params = _leading_link(slug)
    if params is not None:
        now.take_link(settings_class, params, extras, longest)
        st.session_state[_OPEN] = slug
    now.show_link()
    now.widgets.restore_lost(now.marks, asdict(now.settings))
    now.take_widgets()
    now.write()
    return now


def state(slug: str) -> PageState[Any]:
    """Return the state of a page that was opened in this session."""
    return st.session_state[f"bnviz.{slug}"]


def _leading_link(slug: str) -> dict[str, list[str]] | None:
    """Return the parameters of the address, or None if it does not lead in this run.

    It is not enough that it differs from what was written last. A message carries the URL that the
    browser had when it sent it: one that was under way while the server wrote a new URL brings the
    old one, and would undo the move. Links to the open page therefore carry the mark `FOLLOW`,
    which never stays in the address bar. Whether the reader went back or forward stands in the
    context of the run; whether a page is opened follows from the session, where another page was
    open before.
    """
    travelled = getattr(get_script_run_ctx(), "is_history_navigation", False)
    if travelled or FOLLOW in st.query_params or st.session_state.get(_OPEN) != slug:
        return {name: st.query_params.get_all(name) for name in st.query_params if name != FOLLOW}
    return None


def link(
    label: str,
    slug: str,
    settings: DataclassInstance | None = None,
    *,
    extras: Mapping[str, str] | None = None,
    fresh: bool = False,
) -> None:
    """Draw a link to a page, also to the one that is open.

    It is a real link that can be copied or opened in a new tab, but following it does not load the
    page anew.

    Parameters
    ----------
    label : str
        Markdown.
    slug : str
    settings : dataclass instance, optional
        What the link sets, everything else to its default. Without: the page as it was left.
    extras : mapping of str to str, optional
        What else stands in the link, by the names that the page gives to ``page.frame``.
    fresh : bool
        True: the page as at the first visit.
    """
    query = {} if settings is None else to_query(settings, slug)
    as_left = settings is None and not fresh
    if as_left and f"bnviz.{slug}" in st.session_state:
        query = state(slug).query
    query |= {f"{slug}_{name}": value for name, value in (extras or {}).items()}
    if not as_left and st.session_state.get(_OPEN) == slug:
        query[FOLLOW] = "1"
    st.page_link(page_of(slug).script, label=label, query_params=query)
