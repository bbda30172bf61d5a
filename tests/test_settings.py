"""Settings in code: marks that make sense, and values that are checked."""

import dataclasses
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.settings import Range, check_offered, fields, number_text
from tests.example_settings import ACTIVATION, BATCH, DEPTH, MOMENTUM, RATE, SKIP, Settings


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
