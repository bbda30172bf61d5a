"""Links of settings: written without loss, and read whatever they hold."""

import dataclasses
import itertools
import math
import tracemalloc
from dataclasses import dataclass
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.settings import MOST_NOTES, Range, check, fields, from_query, nearest, to_query
from tests.example_settings import (
    ACTIVATION,
    BATCH,
    DEPTH,
    MOMENTUM,
    NOISE,
    RATE,
    SKIP,
    Settings,
    offered,
)

KEYS = [f"lab_{name}" for name in fields(Settings)]


@pytest.mark.parametrize(("name", "mark"), fields(Settings).items())
def test_every_offered_value_is_accepted_and_survives_a_link(name, mark):
    for value in offered(mark):
        settings = Settings(**{name: value})
        assert from_query(Settings, to_query(settings, "lab"), "lab") == (settings, [])


def test_every_corner_survives_a_link():
    ends = {name: (offered(mark)[0], offered(mark)[-1]) for name, mark in fields(Settings).items()}
    n_corners = 0
    for values in itertools.product(*ends.values()):
        corner = dict(zip(ends, values, strict=True))
        if (corner["depth"], corner["batch_size"]) == (20, 2):
            continue
        settings = Settings(**corner)
        assert from_query(Settings, to_query(settings, "lab"), "lab") == (settings, [])
        n_corners += 1
    assert n_corners > 60


def test_defaults_are_not_written():
    assert to_query(Settings(), "lab") == {}
    assert to_query(Settings(momentum=None, skip=True), "lab") == {
        "lab_momentum": "none",
        "lab_skip": "true",
    }


@pytest.mark.parametrize(
    ("mark", "raw", "value", "why"),
    [
        (BATCH, "64", 64, None),
        (BATCH, " 64 ", 64, None),
        (BATCH, "64.0", 64, None),
        (BATCH, "6.4e1", 64, None),
        (BATCH, "9999", 256, "is out of range 2–256"),
        (BATCH, "-1", 2, "is out of range 2–256"),
        (BATCH, "1e999", 256, "is out of range 2–256"),
        (BATCH, "9" * 60, 256, "is out of range 2–256"),
        (BATCH, "9" * 10_000, 32, "is too long to read"),
        (BATCH, "48", 64, "is between two steps"),
        (BATCH, "nan", 32, "is not a number"),
        (BATCH, "inf", 32, "is not a number"),
        (BATCH, "1_6", 32, "is not a number"),
        (BATCH, "١٦", 32, "is not a number"),
        (BATCH, "0x10", 32, "is not a number"),
        (BATCH, "", 32, "is not a number"),
        (BATCH, "none", 32, "is not a number"),
        (MOMENTUM, "none", None, None),
        (MOMENTUM, "Cumulative Average", None, None),
        (MOMENTUM, "0", 0.001, "is out of range 0.001–1"),
        (RATE, "0.037", 0.05, "is between two steps"),
        (RATE, "0.03", 0.02, "is between two steps"),
        (DEPTH, "7.4", 7, "is between two steps"),
        (NOISE, "0.3", 0.3, None),
        (NOISE, "-0.34", -0.3, "is between two steps"),
        (ACTIVATION, "tanh", "tanh", None),
        (ACTIVATION, "RELU", "relu", None),
        (ACTIVATION, "gelu", "relu", "is not one of relu, tanh"),
        (SKIP, "True", True, None),
        (SKIP, "0", False, None),
        (SKIP, "maybe", False, "is neither true nor false"),
    ],
)
def test_nearest(mark, raw, value, why):
    default = next(getattr(Settings(), n) for n, m in fields(Settings).items() if m is mark)
    found, note = nearest(mark, raw, default)
    assert found == value
    assert type(found) is type(value)
    if why is None:
        assert note is None
    else:
        assert note.startswith(f'"{mark.label[0].lower()}{mark.label[1:]} ')
        assert f'" {why}; {mark.shown(value)} is used' in note


def test_the_promised_sentence():
    settings, notes = from_query(Settings, {"lab_batch_size": "9999"}, "lab")
    assert settings == Settings(batch_size=256)
    assert notes == ['"batch size 9999" is out of range 2–256; 256 is used']


@given(st.floats(1e-3, 10.0))
def test_nearest_is_nearest_on_the_log_scale(number):
    value, note = nearest(RATE, repr(number), 0.1)
    distance = abs(math.log(value / number))
    assert all(distance <= abs(math.log(option / number)) for option in RATE.options)
    assert (note is None) == (number in RATE.options)


TEXTS = st.one_of(
    st.text(),
    st.text("0123456789.eE+-naif_ ", max_size=70),
    st.integers().map(str),
    st.floats().map(repr),
    st.sampled_from(["none", "relu", "true", "1e-5", "9" * 10_000, "٣٢", "\x00", "<b>", "\ud800"]),
)

SPELLINGS = [m.text(v) for m in fields(Settings).values() for v in offered(m)] + ["+8", "08", "8."]


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(KEYS), st.text()), TEXTS | st.lists(TEXTS), max_size=12
    )
)
def test_any_link_gives_valid_settings_and_few_short_notes(params):
    settings, notes = from_query(Settings, params, "lab")
    assert Settings(**dataclasses.asdict(settings)) == settings
    assert from_query(Settings, to_query(settings, "lab"), "lab") == (settings, [])
    assert len(notes) <= MOST_NOTES + 1
    assert all(note.isprintable() and len(note) < 160 for note in notes)


@given(st.sampled_from(sorted(fields(Settings))), TEXTS | st.sampled_from(SPELLINGS))
def test_without_a_note_the_value_is_what_the_link_says(name, raw):
    settings, notes = from_query(Settings, {f"lab_{name}": raw}, "lab")
    value, said = getattr(settings, name), raw.strip().casefold()
    if notes:
        assert len(notes) == 1
    elif isinstance(value, bool):
        assert said in (("true", "on", "1") if value else ("false", "off", "0"))
    elif isinstance(value, str):
        assert said in (value, ACTIVATION.options[value].casefold())
    elif value is None:
        assert said in ("none", "cumulative average")
    else:
        assert float(said) == value


def test_of_a_repeated_parameter_the_last_counts():
    settings, notes = from_query(Settings, {"lab_depth": ["3", "4"]}, "lab")
    assert settings.depth == 4
    assert notes == ['"depth" is given 2 times; the last one counts']


def test_unknown_parameters_are_noted_and_counted():
    params = {f"lab_{n}": "1" for n in range(50)} | {"lab_depth": "3"}
    settings, notes = from_query(Settings, params, "lab")
    assert settings == Settings(depth=3)
    assert notes[0] == '"lab_0" is not a setting of this page'
    assert notes[MOST_NOTES:] == [f"{50 - MOST_NOTES} more set aside"]


def test_values_that_do_not_go_together():
    params = {"lab_lr": "0.5", "lab_batch_size": "2", "lab_depth": "20"}
    settings, notes = from_query(Settings, params, "lab")
    assert settings == Settings(lr=0.5, batch_size=2)
    assert notes == ['"depth" does not go with the other values; its default is used']


def test_values_that_only_go_together_are_taken_together():
    @dataclass(frozen=True)
    class Groups:
        n_channels: Annotated[int, Range("Channels", 1, 9)] = 8
        n_groups: Annotated[int, Range("Groups", 1, 9)] = 2

        def __post_init__(self):
            check(self)
            if self.n_channels % self.n_groups:
                raise ValueError("n_groups must divide n_channels")

    settings, notes = from_query(Groups, {"x_n_channels": "9", "x_n_groups": "3"}, "x")
    assert (settings, notes) == (Groups(9, 3), [])


def test_a_huge_link_allocates_little():
    params = {"lab_depth": "9" * 500_000, "lab_lr": ["1e9"] * 1000, "x" * 500_000: "1"}
    tracemalloc.start()
    _, notes = from_query(Settings, params, "lab")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000
    assert all(len(note) < 160 for note in notes)
