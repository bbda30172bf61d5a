"""Settings: checked in code, read from links whatever they hold."""

import dataclasses
import itertools
import math
import re
import tracemalloc
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.settings import (
    MOST_NOTES,
    Choice,
    Range,
    Switch,
    check,
    check_offered,
    decades,
    fields,
    from_query,
    nearest,
    number_text,
    to_query,
)

BATCH = Range("Batch size", 2, 256, scale="log2")
MOMENTUM = Range(
    "Momentum",
    0.001,
    1.0,
    scale="log",
    options=decades(0.001, 1.0, (1, 3)),
    none="cumulative average",
)
RATE = Range("Learning rate", 1e-3, 10.0, scale="log", options=decades(1e-3, 10.0, (1, 2, 5)))
DEPTH = Range("Depth", 1, 20)
NOISE = Range("Noise", -1.0, 1.0, step=0.1)
ACTIVATION = Choice("Activation", {"relu": "ReLU", "tanh": "tanh"})
SKIP = Switch("Skip connections")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One field of each kind."""

    batch_size: Annotated[int, BATCH] = 32
    momentum: Annotated[float | None, MOMENTUM] = 0.1
    lr: Annotated[float, RATE] = 0.1
    depth: Annotated[int, DEPTH] = 6
    noise: Annotated[float, NOISE] = 0.0
    activation: Annotated[str, ACTIVATION] = "relu"
    skip: Annotated[bool, SKIP] = False

    def __post_init__(self):
        check(self)
        if self.depth == 20 and self.batch_size == 2:
            raise ValueError("depth 20 needs a batch_size of 4 or more")


KEYS = [f"lab_{name}" for name in fields(Settings)]


def offered(mark):
    """List some values that a control offers, both ends among them."""
    match mark:
        case Range(options=None):
            return [mark.lo, mark.hi, mark.lo + 3 * mark.spacing]
        case Range():
            return list(mark.offered)
        case Choice():
            return list(mark.options)
        case Switch():
            return [False, True]


# What is accepted in code


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
    ("given", "stored"),
    [
        ({"batch_size": np.int64(8)}, 8),
        ({"lr": np.float64(0.5)}, 0.5),
        ({"lr": np.float32(0.5)}, 0.5),
        ({"lr": 1}, 1.0),
        ({"lr": Fraction(1, 4)}, 0.25),
        ({"momentum": None}, None),
        ({"skip": np.True_}, True),
        ({"activation": np.str_("tanh")}, "tanh"),
    ],
)
def test_values_are_stored_as_plain_python(given, stored):
    (name,) = given
    value = getattr(Settings(**given), name)
    assert value == stored
    assert type(value) is type(stored)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"batch_size": 512}, "batch_size must be between 2 and 256, got 512"),
        ({"batch_size": 1}, "batch_size must be between 2 and 256, got 1"),
        ({"batch_size": 32.0}, "batch_size must be a whole number between 2 and 256, got 32.0"),
        ({"batch_size": True}, "batch_size must be a whole number between 2 and 256, got True"),
        ({"batch_size": "32"}, "batch_size must be a whole number between 2 and 256, got '32'"),
        ({"batch_size": None}, "batch_size must be a whole number between 2 and 256, got None"),
        ({"batch_size": 10**9999}, "batch_size must be between 2 and 256, got a huge int"),
        ({"lr": math.nan}, "lr must be between 0.001 and 10, got nan"),
        ({"lr": math.inf}, "lr must be between 0.001 and 10, got inf"),
        ({"lr": 10**400}, "lr must be between 0.001 and 10, got 1000000"),
        ({"lr": False}, "lr must be a number between 0.001 and 10, got False"),
        ({"lr": None}, "lr must be a number between 0.001 and 10, got None"),
        ({"lr": 1j}, "lr must be a number between 0.001 and 10, got 1j"),
        (
            {"momentum": 0},
            "momentum must be between 0.001 and 1, or None (cumulative average), got 0",
        ),
        ({"noise": 1.5}, "noise must be between -1 and 1, got 1.5"),
        ({"activation": "ReLU"}, "activation must be one of 'relu', 'tanh', got 'ReLU'"),
        ({"activation": 3}, "activation must be one of 'relu', 'tanh', got 3"),
        ({"activation": "x" * 999}, "activation must be one of 'relu', 'tanh', got 'xxx"),
        ({"skip": 1}, "skip must be True or False, got 1"),
        ({"skip": "yes"}, "skip must be True or False, got 'yes'"),
    ],
)
def test_errors_name_field_range_and_value(given, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}") as caught:
        Settings(**given)
    assert len(str(caught.value)) < 160


# What links hold


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


# The marks themselves


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_number_text_reads_back_exactly(number):
    text = number_text(number)
    assert text.isascii()
    assert float(text) == float(number) if isinstance(number, float) else int(text) == number


def test_options_of_logarithmic_scales():
    assert BATCH.options == (2, 4, 8, 16, 32, 64, 128, 256)
    assert all(type(option) is int for option in BATCH.options)
    assert [number_text(v) for v in Range("Epsilon", 1e-8, 0.1, scale="log").options] == [
        "1e-8",
        "1e-7",
        "1e-6",
        "1e-5",
        "1e-4",
        "0.001",
        "0.01",
        "0.1",
    ]
    assert MOMENTUM.offered == (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, None)


@pytest.mark.parametrize(
    "arguments",
    [
        {"lo": 2, "hi": 2},
        {"lo": 3, "hi": 2},
        {"lo": 0.0, "hi": math.inf},
        {"lo": math.nan, "hi": 1.0},
        {"lo": 0, "hi": 8, "scale": "log2"},
        {"lo": 2, "hi": 100, "scale": "log2"},
        {"lo": 0.2, "hi": 1.0, "scale": "log"},
        {"lo": 1, "hi": 10, "step": 2},
        {"lo": 1, "hi": 10, "none": "off"},
        {"lo": 1, "hi": 10, "options": (1, 5)},
        {"lo": 1, "hi": 10, "options": (1, 5, 5, 10)},
    ],
)
def test_a_range_that_makes_no_sense_is_refused(arguments):
    with pytest.raises(ValueError, match="Size"):
        Range("Size", **arguments)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (Annotated[float, DEPTH], 6),
        (Annotated[int, RATE], 1),
        (Annotated[float, MOMENTUM], 0.1),
        (Annotated[float | None, RATE], 0.1),
        (Annotated[bool, ACTIVATION], "relu"),
        (Annotated[int, SKIP], False),
        (Annotated[int, DEPTH, BATCH], 6),
        (Annotated[int, "Depth"], 6),
        (int, 6),
        (Annotated[int, DEPTH], dataclasses.MISSING),
    ],
)
def test_a_field_whose_mark_and_annotation_disagree_is_refused(annotation, default):
    wrong = dataclasses.make_dataclass(
        "Wrong", [("size", annotation, dataclasses.field(default=default))], frozen=True
    )
    with pytest.raises(TypeError, match=r"Wrong\.size"):
        fields(wrong)


def test_a_class_that_can_change_is_refused():
    loose = dataclasses.make_dataclass("Loose", [("depth", Annotated[int, DEPTH], 6)])
    with pytest.raises(TypeError, match="Loose must be a frozen dataclass"):
        fields(loose)


def test_old_classes_are_forgotten():
    for _ in range(100):
        fields(
            dataclasses.make_dataclass("Round", [("depth", Annotated[int, DEPTH], 6)], frozen=True)
        )
    assert fields.cache_info().currsize < 100


def test_fields_keep_their_order_and_cannot_be_changed():
    assert list(fields(Settings)) == [field.name for field in dataclasses.fields(Settings)]
    with pytest.raises(TypeError):
        fields(Settings)["depth"] = BATCH


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("step", 0.35, "step must be one of the steps of 0.25 from 0 to 2, got 0.35"),
        ("whole", 26, "whole must be one of the steps of 25 from 25 to 100, got 26"),
        ("power", 5, "power must be one of 4, 8, 16, got 5"),
    ],
)
def test_where_only_what_is_offered_is_known_all_else_is_refused(name, value, wanted):
    @dataclass(frozen=True)
    class Steps:
        step: Annotated[float, Range("Step", 0.0, 2.0, step=0.25)] = 0.5
        whole: Annotated[int, Range("Whole", 25, 100, step=25)] = 50
        power: Annotated[int, Range("Power", 4, 16, scale="log2")] = 8
        free: Annotated[float | None, Range("Free", 0.0, 1.0, options=(0.0, 1.0), none="no")] = None

    check_offered(Steps(step=1.75, whole=100, power=16))
    with pytest.raises(ValueError, match=re.escape(wanted)):
        check_offered(Steps(**{name: value}))
