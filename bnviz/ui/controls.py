"""Draw the controls of a lab: settings class in, settings out.

Each field becomes one widget; its key is ``<slug>_<field>``. A page calls `controls` and never
touches a widget, the session or the URL for a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from bnviz.labs.preset import Preset
from bnviz.settings import Choice, Mark, Numbers, Range, Switch, fields, from_query, nearest
from bnviz.ui import address
from bnviz.ui.table import number_table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LOCK = ":gray[:material/lock:]"
LATE_S = 2.0
"""How long after the widgets were set a message may still tell what they were before."""
ONE_ROW = 18  # characters of labels that fit side by side in a narrow column

S = TypeVar("S", bound="DataclassInstance")


def controls(
    settings_class: type[S],
    slug: str,
    *,
    view: Sequence[str] = (),
    presets: Sequence[Preset[S]] = (),
    free: Collection[str] | None = None,
    on_reset: Callable[[], None] | None = None,
) -> S:
    """Draw one widget for each field and give the settings that they show.

    Parameters
    ----------
    settings_class : type
        Frozen dataclass as described at `bnviz.settings.fields`.
    slug : str
        The lab.
    view : sequence of str
        Names of what the page hands to `address.remember`, so that they may stand in its links.
    presets : sequence of Preset
        Links that set all controls at once.
    free : collection of str, optional
        The fields that can be changed, always in sight; all others are shown locked. The default
        is that all can be changed.
    on_reset : callable, optional
        Called by "Reset" as well, for what a page has beside these widgets.

    Returns
    -------
    settings_class
        Always valid, whatever a forged widget value says.

    Notes
    -----
    Widgets and links are read by the same function, so that both give the same settings.
    """
    address.arrive(slug)
    hold(slug, asked_on=False)
    linked = address.opened(settings_class, slug, view)
    if linked is not None:
        _show(slug, linked)
        address.settled(slug)
    else:
        _show(slug, address.published(settings_class, slug), only_lost=True)
    shown = address.published(settings_class, slug) if linked is None else linked
    marks = fields(settings_class)
    in_sight = {name for name, mark in marks.items() if not mark.more} | set(free or ())
    with st.container(key=f"controls_{slug}", gap="small"):
        for name, mark in marks.items():
            if name in in_sight:
                locked = free is not None and name not in free
                _widget(mark, f"{slug}_{name}", getattr(shown, name), locked=locked)
        with st.container(key=f"actions_{slug}", horizontal=True, gap="small"):
            waiting = {name: mark for name, mark in marks.items() if name not in in_sight}
            _more(slug, waiting, shown, locked=free is not None)
            _presets(slug, presets)
        with st.container(key=f"buttons_{slug}", horizontal=True, gap="small"):
            _buttons(slug, settings_class, on_reset)
    settings, notes = _shown(settings_class, slug)
    drawn = {key: st.session_state[key] for key in (f"{slug}_{name}" for name in marks)}
    st.session_state[_key(slug, "drawn")] = drawn
    address.publish(slug, settings, notes, force=linked is not None)
    return settings


def hold(slug: str, *, asked_on: bool = True) -> None:
    """Undo what an old message of the browser says of the widgets.

    Parameters
    ----------
    slug : str
        The lab.
    asked_on : bool
        Whether the message only asks, by itself, whether there is more of a run. Such a one never
        brings news of a widget. Else the reader did something, and the message is old if it comes
        right after the widgets were set and says of all of them what they were before.

    Notes
    -----
    With each message the browser sends the values of all widgets. If the script has just set them
    (a link was followed, or a button pressed) and the browser has not drawn that yet, these are the
    old ones, and Streamlit would take them for new.
    """
    drawn = st.session_state.get(_key(slug, "drawn"), {})
    set_at, before = st.session_state.get(_key(slug, "before"), (0.0, {}))
    values = {key: st.session_state[key] for key in drawn if key in st.session_state}
    late = before and monotonic() - set_at < LATE_S
    if asked_on or (late and all(values.get(key) == old for key, old in before.items())):
        for key, value in values.items():
            if value != drawn[key]:
                st.session_state[key] = drawn[key]


def _key(slug: str, what: str) -> str:
    """Name an entry of the session."""
    return f"bnviz.{slug}.{what}"


def _show(slug: str, settings: DataclassInstance, *, only_lost: bool = False) -> None:
    """Set the widgets, or only those that lost their value; before they are drawn."""
    values = {}
    for name, mark in fields(type(settings)).items():
        if only_lost and f"{slug}_{name}" in st.session_state:
            continue
        value = getattr(settings, name)
        if isinstance(mark, Range) and mark.options is not None:
            value = mark.shown(value)  # the widget offers texts
        elif isinstance(mark, Numbers):
            value = mark.text(value)
        values[name] = value
    put(slug, values)


def put(slug: str, values: Mapping[str, Any]) -> None:
    """Set widgets; in callbacks, or before they are drawn.

    Parameters
    ----------
    slug : str
        The lab.
    values : mapping of str to object
        What each widget shall hold, by the name of its field.
    """
    fresh = {f"{slug}_{name}": value for name, value in values.items()}
    before = {key: st.session_state.get(key) for key in fresh}
    changed = {key: old for key, old in before.items() if old not in (None, fresh[key])}
    if changed:
        st.session_state[_key(slug, "before")] = (monotonic(), changed)
    drawn = st.session_state.get(_key(slug, "drawn"), {})
    st.session_state[_key(slug, "drawn")] = {**drawn, **fresh}
    for key, value in fresh.items():
        st.session_state[key] = value


def _shown(settings_class: type[S], slug: str) -> tuple[S, list[str]]:
    """Read the settings that the widgets show."""
    keys = [f"{slug}_{name}" for name in fields(settings_class)]
    return from_query(settings_class, {key: str(st.session_state[key]) for key in keys}, slug)


def _widget(mark: Mark, key: str, value: Any, *, locked: bool = False) -> None:
    """Draw the widget that fits a mark.

    The session holds its value. ``value`` is the same once more, for a browser that never saw the
    run that set it, because the next run came too soon: it would show the first value on offer.
    """
    label, tip = _label(mark, key), mark.help or None
    if locked:
        label = f"{LOCK} {label}"
    match mark:
        case Range(options=None):
            st.slider(
                label,
                mark.lo,
                mark.hi,
                value,
                step=mark.spacing,
                key=key,
                help=tip,
                disabled=locked,
            )
        case Range():
            st.select_slider(
                label,
                [mark.shown(v) for v in mark.offered],
                mark.shown(value),
                key=key,
                help=tip,
                disabled=locked,
            )
        case Choice() if sum(map(len, mark.options.values())) <= ONE_ROW:
            st.segmented_control(
                label,
                list(mark.options),
                format_func=mark.shown,
                default=value,
                required=True,
                key=key,
                help=tip,
                width="stretch",
                disabled=locked,
            )
        case Choice():
            st.selectbox(
                label,
                list(mark.options),
                list(mark.options).index(value),
                format_func=mark.shown,
                key=key,
                help=tip,
                disabled=locked,
            )
        case Switch():
            st.toggle(label, value, key=key, help=tip, disabled=locked)
        case Numbers():
            number_table(mark, key, mark.label + " (locked)" * locked, locked=locked)


def _label(mark: Mark, key: str) -> str:
    """Give a widget's label, with what the mark shows beside it."""
    if mark.beside is None:
        return mark.label
    value, _ = nearest(mark, str(st.session_state.get(key)), None)
    beside = mark.beside(value)
    return f"{mark.label} :gray[:small[{beside}]]" if beside else mark.label


def _more(slug: str, marks: Mapping[str, Mark], shown: DataclassInstance, *, locked: bool) -> None:
    """Draw the controls that wait under "More".

    In an expander, whose widgets are there while it is closed. A closed popover has none: what code
    sets in the meantime is lost on them, and they report their first option when they appear
    (measured with Streamlit 1.67).
    """
    if marks:
        with st.container(key=f"more_{slug}"), st.expander("More"):
            for name, mark in marks.items():
                _widget(mark, f"{slug}_{name}", getattr(shown, name), locked=locked)


def _presets(slug: str, presets: Sequence[Preset[S]]) -> None:
    """Draw the presets as links, in a popover that closes when one is followed."""
    if presets:
        key = f"open_presets_{slug}_{address.visits(slug)}"  # a new key is a new, closed popover
        with (
            st.popover("Presets", key=key, width="stretch"),
            st.container(key=f"presets_{slug}", gap="small"),
        ):
            for preset in presets:
                words = f"**{preset.title}.** {preset.sentence}"
                address.link(words, slug, preset.settings, view=preset.view)


def _buttons(
    slug: str, settings_class: type[DataclassInstance], on_reset: Callable[[], None] | None
) -> None:
    """Draw the buttons that set several controls, or the seed."""
    st.button(
        "Reset",
        key=f"{slug}_reset",
        help="All controls back to their first values; the seed stays.",
        on_click=_reset,
        args=(slug, settings_class, on_reset),
        width="stretch",
    )
    seed = fields(settings_class).get("seed")
    if isinstance(seed, Range):
        st.button(
            "New seed",
            key=f"{slug}_new_seed",
            help="The same settings with other random numbers.",
            on_click=_new_seed,
            args=(slug, settings_class, seed),
            width="stretch",
        )


def _reset(
    slug: str, settings_class: type[DataclassInstance], on_reset: Callable[[], None] | None
) -> None:
    """Set all widgets to the defaults, but keep the seed."""
    first = settings_class()
    if "seed" in fields(settings_class):
        seed = address.published(settings_class, slug).seed  # type: ignore[attr-defined]
        first = replace(first, seed=seed)
    _show(slug, first)
    if on_reset is not None:
        on_reset()


def _new_seed(slug: str, settings_class: type[DataclassInstance], mark: Range) -> None:
    """Set the seed to the next one, and after the last to the first."""
    seed = address.published(settings_class, slug).seed  # type: ignore[attr-defined]
    put(slug, {"seed": seed + 1 if seed < mark.hi else mark.lo})
