"""Frames: what is picked for a still figure, and what is sent to the stage."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnviz.figures import theme
from bnviz.figures.frames import Frames, encode, lengths
from bnviz.figures.still import still

WIDTHS = {"f4": np.float32, "i4": np.int32, "i2": np.int16, "u2": np.uint16, "u1": np.uint8}


def decode(spec):
    """Read a typed array as the browser does, quantised or not."""
    values = np.frombuffer(base64.b64decode(spec["bdata"]), WIDTHS[spec["dtype"]])
    if "lo" in spec:
        unit = (spec["hi"] - spec["lo"]) / 65534
        values = np.where(values == 65535, np.nan, spec["lo"] + unit * values.astype(float))
    return values.reshape([int(n) for n in spec["shape"].split(",")] if "shape" in spec else -1)


def decode_frames(spec):
    """Read Frames as the browser does: the value of each snapshot."""
    if isinstance(spec, list):
        return [np.nan if value is None else value for value in spec]
    columns = {name: spec[name] for name in ("bdata", "lo", "hi") if name in spec}
    cells = [dict(zip(columns, cell, strict=True)) for cell in zip(*columns.values(), strict=True)]
    return np.array([decode({**spec, **cell}) for cell in cells])


def moving_figure():
    return {
        "data": [
            {
                "type": "scatter",
                "x": np.arange(3),
                "y": Frames(np.arange(6.0).reshape(2, 3)),
                "marker": {"color": Frames(["#0072B2", "#D55E00"])},
            }
        ],
        "layout": {
            "title": theme.finding(Frames(["first", "last"])),
            "shapes": [theme.guide(x=Frames(np.array([0.5, 1.5])))],
        },
    }


@pytest.mark.parametrize(
    ("t", "y", "title", "x0"),
    [(0, [0, 1, 2], "first", 0.5), (1, [3, 4, 5], "last", 1.5), (-1, [3, 4, 5], "last", 1.5)],
)
def test_still_replaces_every_moving_value(t, y, title, x0):
    figure = still(moving_figure(), t)
    assert figure.data[0].y.tolist() == y
    assert figure.layout.title.text == title
    assert figure.layout.shapes[0].x0 == figure.layout.shapes[0].x1 == x0
    assert figure.data[0].marker.color == ["#0072B2", "#D55E00"][t]


def test_still_leaves_the_figure_as_it_was():
    figure = moving_figure()
    still(figure, 0)
    assert lengths(figure) == {2}
    assert "template" not in figure["layout"]


def test_still_has_the_house_template_unless_the_figure_brings_its_own():
    assert still(moving_figure()).layout.template.layout.font.family == theme.FONT_FAMILY
    own = {"data": [], "layout": {"template": {"layout": {"font": {"size": 30}}}}}
    assert still(own).layout.template.layout.font.size == 30


def test_still_draws_dark():
    figure = still(moving_figure(), 0, mode="dark")
    assert figure.data[0].marker.color == theme.DARK[theme.WITH.color]
    assert figure.layout.template.layout.paper_bgcolor == theme.DARK[theme.BACKGROUND]


def test_still_refuses_a_snapshot_that_is_not_there():
    with pytest.raises(IndexError):
        still(moving_figure(), 2)


def test_lengths_finds_frames_wherever_they_are():
    assert lengths({"data": [{"y": Frames([1, 2])}], "layout": {"a": ({"b": Frames([1])},)}}) == {
        1,
        2,
    }
    assert lengths({"data": [{"y": np.zeros(3)}], "layout": {}}) == set()


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1.5, -2.0]), "f4"),
        (np.array([1.5], np.float16), "f4"),
        (np.array([1, -2]), "i4"),
        (np.array([3], np.uint64), "i4"),
        (np.array([1, -2], np.int16), "i2"),
        (np.array([1, 2], np.uint8), "u1"),
        (np.array([True, False]), "u1"),
        (np.arange(6.0)[::2], "f4"),
        (np.array([1.0, 2.0], ">f8"), "f4"),
        (np.array([], float), "f4"),
    ],
)
def test_arrays_become_plotly_typed_arrays(array, dtype):
    spec = encode(array)
    assert spec["dtype"] == dtype
    assert "shape" not in spec
    np.testing.assert_array_equal(decode(spec), array)


def test_a_matrix_states_its_shape_as_plotly_wants_it():
    assert encode(np.zeros((2, 3)))["shape"] == "2, 3"


@pytest.mark.parametrize("shape", [(4,), (2, 6), (2, 2, 3), (0, 3), (0,)])
def test_frames_of_numbers_come_back_at_each_snapshot(shape):
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    back = decode_frames(encode(Frames(values))["frames"])
    assert len(back) == len(values)
    for one, other in zip(back, values, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("bits", [None, 16])
def test_a_run_that_goes_on_changes_no_earlier_snapshot(bits):
    values = np.random.default_rng(0).standard_normal((5, 20)) * 10.0 ** np.arange(5)[:, None]
    early, late = (encode(Frames(values[:n], bits=bits))["frames"] for n in (3, 5))
    for name in ("bdata", "lo", "hi")[: 1 if bits is None else 3]:
        assert late[name][:3] == early[name]


def test_frames_of_other_things_become_a_list():
    assert encode(Frames(["a", "b"])) == {"frames": ["a", "b"]}
    assert encode(Frames(np.array(["a", "b"]))) == {"frames": ["a", "b"]}
    ragged = encode(Frames([np.zeros(1), np.zeros(2)]))["frames"]
    assert [decode(spec).size for spec in ragged] == [1, 2]


def test_nothing_that_json_does_not_know_is_sent():
    values = [np.nan, -np.inf, 1.0, np.float32(2.5), np.int64(3), np.bool_(True), None, "x"]
    sent = encode({"x": values, "y": np.array([np.nan, 1e300]), "z": Frames(values)})
    text = json.dumps(sent, allow_nan=False)
    assert sent["x"] == [None, None, 1.0, 2.5, 3, True, None, "x"]
    assert json.loads(text)["z"]["frames"][:3] == [None, None, 1.0]
    y = decode(sent["y"])
    assert np.isnan(y[0])
    assert np.isinf(y[1])


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=1, max_dims=3, max_side=6),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan) | st.just(np.inf),
    )
)
def test_quantised_values_are_as_close_as_promised(values):
    spec = encode(Frames(values, bits=16))["frames"]
    json.dumps(spec, allow_nan=False)
    back = np.array(decode_frames(spec), float)
    values = np.where(np.isfinite(values), values, np.nan)
    missing = ~np.isfinite(values)
    np.testing.assert_array_equal(np.isnan(back), missing)
    if not missing.all():
        span = np.ptp(values[~missing])
        bound = span / (2 * 65534) * (1 + 1e-6) + 1e-300
        assert np.abs(back - values)[~missing].max() <= bound


def test_quantised_frames_take_half_the_bytes():
    values = np.random.default_rng(0).standard_normal((50, 600))
    whole, half = (encode(Frames(values, bits=bits))["frames"]["bdata"] for bits in (None, 16))
    assert len(half) == len(whole) == 50
    assert len("".join(half)) == len("".join(whole)) / 2


def test_values_of_one_kind_survive_quantising():
    sevens, missing = (encode(Frames(np.full((2, 2), x), bits=16))["frames"] for x in (7, np.nan))
    assert decode_frames(sevens).tolist() == [[7, 7]] * 2
    assert np.isnan(decode_frames(missing)).all()


@pytest.mark.parametrize(
    "value",
    [object(), np.array([1j]), {"a": {1, 2}}, np.zeros((2, 2, 2)), np.array([2**40]), [object()]],
)
def test_what_has_no_place_in_a_figure_is_refused(value):
    with pytest.raises(ValueError, match="figure"):
        encode(value)


@pytest.mark.parametrize(
    ("values", "bits"), [(np.zeros(2), 8), (["a"], 16), (np.array(["a"]), 16), ([1.0], 16)]
)
def test_bits_are_checked(values, bits):
    with pytest.raises(ValueError, match="bits"):
        Frames(values, bits=bits)
