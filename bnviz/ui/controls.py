"""Draw the controls of a lab: one widget for each field of its settings.

A page calls `controls` and never touches a widget, the session or the URL for a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from bnviz.labs.preset import Preset
from bnviz.settings import Choice, Mark, Numbers, Range, Switch
from bnviz.ui import address
from bnviz.ui.address import PageState
from bnviz.ui.table import number_table

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ONE_ROW = 18  # characters of labels that fit side by side in a narrow column

S = TypeVar("S", bound="DataclassInstance")


def controls(
    state: PageState[S],
    *,
    presets: Sequence[Preset[S]] = (),
    only: Collection[str] | None = None,
    reseed: bool = True,
    on_reset: Callable[[], None] | None = None,
) -> S:
    """Draw one widget for each setting; return the settings, valid whatever a forged widget says.

    Parameters
    ----------
    state : PageState
        As ``page.frame`` gives it.
    presets : sequence of Preset
        Links that set all controls at once.
    only : collection of str, optional
        The fields that have a control, all in sight; the others keep their value. The default is
        that all have one, some of them under "More".
    reseed : bool
        Whether "New seed" is there, if the settings have a seed.
    on_reset : callable, optional
        Called by "Reset" as well, for what a page has beside these widgets.
    """
    slug, marks = state.slug, state.marks
    drawn = [name for name in marks if only is None or name in only]
    later = [name for name in drawn if only is None and marks[name].more]
    with st.container(key=f"controls_{slug}", gap="small"):
        for name in drawn:
            if name not in later:
                _widget(state, name)
        if later or presets:
            with st.container(key=f"actions_{slug}", horizontal=True, gap="small"):
                _more(state, later)
                _presets(state, presets)
        with st.container(key=f"buttons_{slug}", horizontal=True, gap="small"):
            _buttons(state, on_reset, seed=marks.get("seed") if reseed else None)
    state.take_widgets()  # once more: a table of numbers is edited while it is drawn
    state.write()
    return state.settings


def _widget(state: PageState[Any], name: str) -> None:
    """Draw the widget that fits a field's mark.

    The session holds its value. Each call gives the same value once more, for a browser that never
    saw the run that set it, because the next run came too soon: it would show the first value on
    offer.
    """
    mark = state.marks[name]
    key, value = f"{state.slug}_{name}", getattr(state.settings, name)
    if isinstance(mark, Numbers):
        number_table(mark, key, mark.label)
        return
    label = _label(mark, value)
    common: dict[str, Any] = {"key": key, "help": mark.help or None}
    match mark:
        case Range(options=None):
            st.slider(label, mark.lo, mark.hi, value, step=mark.spacing, **common)
        case Range():
            options = [mark.shown(option) for option in mark.offered]
            st.select_slider(label, options, mark.shown(value), **common)
        case Choice() if sum(map(len, mark.options.values())) <= ONE_ROW:
            common |= {"format_func": mark.shown, "required": True, "width": "stretch"}
            st.segmented_control(label, list(mark.options), default=value, **common)
        case Choice():
            options = list(mark.options)
            common["format_func"] = mark.shown
            st.selectbox(label, options, options.index(value), **common)
        case Switch():
            st.toggle(label, value, **common)


def _label(mark: Mark, value: Any) -> str:
    """Return a widget's label, with what the mark shows beside it."""
    beside = mark.beside(value) if mark.beside else ""
    return f"{mark.label} :gray[:small[{beside}]]" if beside else mark.label


def _more(state: PageState[Any], names: Sequence[str]) -> None:
    """Draw the controls that wait under "More".

    They stand in an expander, whose widgets are there while it is closed. A closed popover has
    none: what code sets in the meantime is lost on them, and they report their first option when
    they appear (measured with Streamlit 1.67).
    """
    if names:
        with st.container(key=f"more_{state.slug}"), st.expander("More"):
            for name in names:
                _widget(state, name)


def _presets(state: PageState[S], presets: Sequence[Preset[S]]) -> None:
    """Draw the presets as links, in a popover that closes when one is followed."""
    if presets:
        key = f"open_presets_{state.slug}_{state.visit}"  # a new key is a new, closed popover
        with (
            st.popover("Presets", key=key, width="stretch"),
            st.container(key=f"presets_{state.slug}", gap="small"),
        ):
            for preset in presets:
                address.link(preset.words, state.slug, preset.settings, extras=preset.extras)


def _buttons(
    state: PageState[Any], on_reset: Callable[[], None] | None, *, seed: Mark | None
) -> None:
    """Draw the buttons that set several controls, or the seed if its mark is given."""
    st.button(
        "Reset",
        key=f"{state.slug}_reset",
        help="All controls back to their first values; the seed stays.",
        on_click=_reset,
        args=(state, on_reset),
        width="stretch",
    )
    if isinstance(seed, Range):
        st.button(
            "New seed",
            key=f"{state.slug}_new_seed",
            help="The same settings with other random numbers.",
            on_click=_new_seed,
            args=(state, seed),
            width="stretch",
        )


def _reset(state: PageState[Any], on_reset: Callable[[], None] | None) -> None:
    """Set all widgets to the defaults, but keep the seed."""
    first = asdict(type(state.settings)())
    state.change({name: value for name, value in first.items() if name != "seed"})
    if on_reset is not None:
        on_reset()


def _new_seed(state: PageState[Any], mark: Range) -> None:
    """Set the seed to the next one, and after the last to the first."""
    seed = state.settings.seed
    state.change({"seed": seed + 1 if seed < mark.hi else mark.lo})
