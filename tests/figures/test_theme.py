"""The theme: contrast in numbers, the template, the builders, and the app's own colours."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from bnviz.figures import theme
from bnviz.figures.frames import Frames
from bnviz.figures.still import still
from tests.contrast import contrast

CONFIG = tomllib.loads(
    (Path(__file__).parents[2] / ".streamlit/config.toml").read_text(encoding="utf-8")
)
DARK = theme.DARK
COLOR = re.compile("#[0-9A-Fa-f]{6}")
ROLE_NAMES = ("WITH", "WITHOUT", "REFERENCE", "THIRD", "FOURTH")


def light(color):
    return color


MODES = pytest.mark.parametrize("shown", [light, DARK.__getitem__], ids=["light", "dark"])


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast("#FFFFFF", "#777777") == contrast("#777777", "#FFFFFF")


def test_the_house_colours():
    colors = [getattr(theme, name).color for name in ROLE_NAMES]
    assert colors == ["#0072B2", "#D55E00", "#6B6B6B", "#009E73", "#CC79A7"]
    assert (theme.WITH.dash, theme.WITHOUT.dash) == ("solid", "dash")
    assert len({getattr(theme, name).dash for name in ROLE_NAMES}) == 5


@MODES
@pytest.mark.parametrize("name", ROLE_NAMES)
def test_lines_reach_3_to_1_and_small_text_4_5_to_1(shown, name):
    role = getattr(theme, name)
    background = shown(theme.BACKGROUND)
    assert contrast(shown(role.color), background) >= 3
    assert contrast(shown(role.text), background) >= 4.5


@MODES
def test_words_and_axes_can_be_read(shown):
    for surface in (theme.BACKGROUND, theme.PANEL):
        assert contrast(shown(theme.TEXT), shown(surface)) >= 7
        assert contrast(shown(theme.MUTED), shown(surface)) >= 4.5
    assert contrast(shown(theme.RULE), shown(theme.BACKGROUND)) >= 3
    assert contrast(shown(theme.ACCENT), shown(theme.BACKGROUND)) >= 4.5


@MODES
@pytest.mark.parametrize("n", [1, 2, 6, 20, 60])
def test_the_ramp_stays_visible_and_in_order(shown, n):
    colors = [shown(color) for color in theme.ramp(n)]
    assert len(set(colors)) == n
    assert min(contrast(color, shown(theme.BACKGROUND)) for color in colors) >= 3
    on_black = [contrast(color, "#000000") for color in colors]
    assert on_black == sorted(on_black)


@pytest.mark.parametrize("n", [0, 61])
def test_the_ramp_has_its_limits(n):
    with pytest.raises(ValueError, match=f"1 to 60 colours, got {n}"):
        theme.ramp(n)


def test_every_colour_of_the_template_has_a_dark_partner():
    text = json.dumps([theme.template(), theme.SEQUENTIAL, theme.DIVERGING])
    used = set(COLOR.findall(text))
    assert used <= set(DARK)
    assert not used & set(COLOR.findall(json.dumps(theme.dark(json.loads(text)))))


def test_dark_keeps_opacity_and_leaves_other_colours_alone():
    part = {"fill": theme.tint(theme.WITH.color, 0.5), "x": [1, "red", "#123456"]}
    assert theme.dark(part) == {"fill": "#4AA8E080", "x": [1, "red", "#123456"]}


def test_a_tint_is_a_colour_to_plotly():
    go.Figure({"data": [{"type": "scatter", "fillcolor": theme.tint(theme.WITH.color, 0.18)}]})
    with pytest.raises(ValueError, match="opacity"):
        theme.tint(theme.WITH.color, 18)


def test_the_template_is_the_house_style():
    layout = go.layout.Template(theme.template()).layout
    assert layout.font.family == '"Source Sans", sans-serif'
    assert layout.font.size == 14
    assert 15 <= layout.title.font.size <= 17
    assert (layout.title.x, layout.title.xanchor) == (0, "left")
    for axis in (layout.xaxis, layout.yaxis):
        assert axis.showgrid is False
        assert axis.ticks == "outside"


def test_axes_name_their_unit():
    assert theme.axis("Step")["title"]["text"] == "Step"
    assert theme.axis("Time", "ms")["title"]["text"] == "Time (ms)"
    logarithmic = theme.log_axis("Training loss", "nats")
    assert logarithmic["title"]["text"] == "Training loss (nats, log scale)"
    assert (logarithmic["type"], logarithmic["dtick"]) == ("log", 1)


@pytest.mark.parametrize("decades", [1, 3])
def test_log_labels_say_what_their_tick_is(decades):
    axis = theme.log_axis("Norm", decades=decades)
    plain = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    for value, label in zip(axis["tickvals"], axis["ticktext"], strict=True):
        power = label.translate(plain)
        read = 10.0 ** int(power[2:]) if power != label else float(label)
        assert read == pytest.approx(value)
    assert np.diff(np.log10(axis["tickvals"])) == pytest.approx(decades)


def test_a_log_axis_of_few_decades_has_the_labels_that_it_is_given():
    axis = theme.log_axis("Loss", "nats", labels=(0.05, 2, 30), range=[-1.5, 1.5])
    assert axis["tickvals"] == [0.05, 2, 30]
    assert axis["ticktext"] == ["0.05", "2", "30"]
    assert (axis["type"], axis["tickmode"], axis["range"]) == ("log", "array", [-1.5, 1.5])


def test_a_log_axis_has_whole_decades():
    with pytest.raises(ValueError, match="decades"):
        theme.log_axis("Norm", decades=0)


def test_lines_carry_their_role():
    trace = theme.line([0, 1], [1, 2], theme.WITHOUT, name="without BN", line={"width": 3})
    assert trace["line"] == {"color": "#D55E00", "dash": "dash", "width": 3}
    assert theme.dots([0], [1], theme.WITH, name="a", marker={"size": 3})["marker"] == {
        "color": "#0072B2",
        "size": 3,
    }
    lower, upper = theme.band([0, 1], [0, 0], [1, 1], theme.WITH, name="seeds", yaxis="y2")
    assert upper["fill"] == "tonexty"
    assert lower["yaxis"] == upper["yaxis"] == "y2"
    assert "fill" not in lower


def test_the_label_stands_at_the_last_finite_point():
    x, y = np.arange(4), np.array([1.0, 2.0, np.inf, np.nan])
    trace = theme.end_label(x, y, "with BN", theme.WITH)
    assert (trace["x"], trace["y"]) == ([1], [2.0])
    assert trace["cliponaxis"] is False
    assert theme.end_label(x, y, "a", theme.WITHOUT)["textfont"]["color"] == "#B34D00"


def test_the_label_moves_with_its_line():
    y = np.array([[1.0, np.nan, np.nan], [1.0, 2.0, 3.0]])
    trace = theme.end_label(np.arange(3), Frames(y), "with BN", theme.WITH)
    assert still({"data": [trace], "layout": {}}, 0).data[0].x.tolist() == [0]
    assert still({"data": [trace], "layout": {}}, 1).data[0].y.tolist() == [3.0]


def test_the_label_of_a_line_without_points_is_not_seen():
    trace = theme.end_label([0, 1], [np.nan, np.nan], "diverged", theme.WITHOUT)
    assert np.isnan(trace["y"]).all()


def test_label_positions_are_checked():
    with pytest.raises(ValueError, match="position must be one of right, above, below"):
        theme.end_label([0], [1], "a", theme.WITH, position="left")


def test_a_guide_crosses_the_plot():
    upright = theme.guide(x=3, xref="x2")
    assert (upright["x0"], upright["x1"], upright["xref"], upright["yref"]) == (
        3,
        3,
        "x2",
        "paper",
    )
    with pytest.raises(ValueError, match="x or y"):
        theme.guide()
    with pytest.raises(ValueError, match="x or y"):
        theme.guide(x=1, y=2)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_app_has_the_colours_of_its_figures(mode):
    def shown(color):
        return DARK[color] if mode == "dark" else color

    assert CONFIG["theme"][mode] == {
        "primaryColor": shown(theme.ACCENT),
        "backgroundColor": shown(theme.BACKGROUND),
        "secondaryBackgroundColor": shown(theme.PANEL),
        "textColor": shown(theme.TEXT),
        "borderColor": shown(theme.HAIRLINE),
        "blueTextColor": shown(theme.WITH.text),
        "orangeTextColor": shown(theme.WITHOUT.text),
        "grayTextColor": shown(theme.MUTED),
        "chartCategoricalColors": [shown(role.color) for role in theme.ROLES],
    }


def test_the_app_has_the_font_of_its_figures():
    # "sans-serif" is Streamlit's name for Source Sans, which it brings along.
    assert CONFIG["theme"]["font"] == "sans-serif"
    assert theme.FONT == "Source Sans"
