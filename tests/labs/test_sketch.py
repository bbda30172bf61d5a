"""Sketches: read from any link, and compared with the run that they predict."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnviz.figures import theme
from bnviz.figures.overlay import line_of
from bnviz.labs.parting import parting
from bnviz.labs.sketch import LEVELS, Sketch, is_log
from tests.lessons import LESSONS, lab

SKETCHED = [(slug, view.name) for slug in LESSONS for view in lab(slug).views if view.sketch]
SIZES = (2, 4, 8, 16, 32, 64)
BOTH_LOG = Sketch(
    plot="noise", line="measured", ask="", at="batch size", x=SIZES,
    across=theme.log_axis("", range=[0, 2]), up=theme.log_axis("", range=[-3, 1]),
)  # fmt: skip
LINEAR = Sketch(
    plot="share", line="BN", ask="", at="step", x=(0, 10, 20, 30, 40),
    across=theme.axis("", range=[0, 40]), up=theme.axis("", range=[0, 100]),
)  # fmt: skip


def drawn(sketch, values):
    """Return the sketch that a careful reader draws of these values: each at its nearest height."""
    low, high = sketch.up["range"]
    places = np.log10(values) if is_log(sketch.up) else np.asarray(values, float)
    levels = np.round((places - low) / (high - low) * (len(LEVELS) - 1))
    return "".join(LEVELS[int(k)] for k in np.clip(levels, 0, len(LEVELS) - 1))


def power(exponent, factor=1.0):
    return factor * np.array(SIZES, float) ** exponent


@settings(max_examples=40)
@given(st.text("09aZz_?. é", max_size=12))
def test_any_text_of_a_link_is_a_sketch_inside_the_axes_or_none(text):
    sketch, why = BOTH_LOG.read(text)
    if not sketch:
        assert why is not None
        return
    assert len(sketch) == len(SIZES)
    assert (why is None) == (sketch == text.strip().lower())
    heights = BOTH_LOG.heights(sketch)
    assert ((heights > 0.999e-3) & (heights < 10.001)).all()
    assert BOTH_LOG.read(sketch) == (sketch, None)


def test_what_a_bad_link_becomes_is_the_nearest():
    assert BOTH_LOG.read("zy")[0] == "zyyyyy"
    assert BOTH_LOG.read("zyxwvuts")[0] == "zyxwvu"
    assert BOTH_LOG.read("z?xw?u")[0][0::3] == "zw"
    assert BOTH_LOG.read("?Z????")[0] == "zzzzzz"
    assert BOTH_LOG.read("?!")[0] == ""
    assert LINEAR.heights("0z0z0").tolist() == [0, 100, 0, 100, 0]


def test_parting_names_the_largest_difference():
    x, run = np.arange(1, 100), np.arange(1, 100) ** -0.5
    said = {
        "same": parting(BOTH_LOG, drawn(BOTH_LOG, power(-0.5)), x, run),
        "steep": parting(BOTH_LOG, drawn(BOTH_LOG, power(-1.0, 2.0**1.75)), x, run),
        "high": parting(BOTH_LOG, drawn(BOTH_LOG, power(-0.5, 10)), x, run),
        "rises": parting(BOTH_LOG, drawn(BOTH_LOG, power(0.5, 0.1)), x, run),
        "level": parting(BOTH_LOG, drawn(BOTH_LOG, power(0, 0.2)), x, run),
        "bump": parting(BOTH_LOG, drawn(BOTH_LOG, power(-0.5) * [1, 1, 1, 0.02, 1, 1]), x, run),
    }
    assert "follows" in said["same"]
    assert said["steep"].startswith("too steep by a factor of 2")
    assert said["high"].startswith("too high by a factor of 9.9 on the whole")
    assert "rises where the run falls" in said["rises"]
    assert "level where the run falls" in said["level"]
    assert "at batch size 16" in said["bump"]
    assert "too low" in said["bump"]


def test_parting_on_linear_axes_speaks_in_their_units_and_skips_what_the_run_lacks():
    x, run = np.arange(0, 41, 10), np.array([10.0, 20, 30, 40, np.nan])
    sketch = drawn(LINEAR, [40, 50, 60, 70, 0])
    assert "too high by 30" in parting(LINEAR, sketch, x, run)
    assert parting(LINEAR, sketch, x, np.full(5, np.nan)) == ""
    assert "it falls where the run stays level" in parting(
        LINEAR, drawn(LINEAR, [90, 70, 50, 30, 10]), x, np.full(5, 50.0)
    )


@pytest.mark.parametrize(("slug", "name"), SKETCHED)
def test_a_sketch_of_the_run_itself_follows_it_and_stands_on_its_chart(slug, name):
    view, trace = lab(slug).view(name), lab(slug).run(name)
    sketch = view.sketch
    figure = next(c.figure for c in view.charts(trace) if c.id == sketch.plot)
    assert all(line_of(figure, given) is not None for given in sketch.given)
    for axis, declared in (("xaxis", sketch.across), ("yaxis", sketch.up)):
        title, kind = figure["layout"][axis]["title"], figure["layout"][axis].get("type")
        assert (title, kind) == (declared["title"], declared.get("type"))
    x, y = (np.asarray(part, float) for part in line_of(figure, sketch.line))
    places = np.log10(y) if is_log(sketch.up) else y
    low, high = sketch.up["range"]
    inside = places[np.isfinite(places)]
    assert low < inside.min()
    assert inside.max() < high
    heights = np.interp(sketch.x, x, places)
    text = drawn(sketch, 10**heights if is_log(sketch.up) else heights)
    with_sketch = view.charts(trace, text)
    assert "follows" in view.parts(with_sketch, text)
    assert "follows" not in view.parts(with_sketch, text[::-1])
    chart = next(c.figure for c in with_sketch if c.id == sketch.plot)
    assert np.allclose(chart["data"][-1]["y"], sketch.heights(text))


def test_a_sketch_ends_with_the_network():
    of = lab("signal")
    view, trace = of.view("layers"), of.run("layers", of.settings(depth=8))
    figure = next(c.figure for c in view.charts(trace, "zzzzzz") if c.id == "gradient")
    assert figure["data"][-1]["x"].tolist() == [1, 4, 8]


def test_sketches_are_offered_in_at_least_five_places():
    assert len(SKETCHED) >= 5
