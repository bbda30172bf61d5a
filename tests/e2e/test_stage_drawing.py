"""What the stage draws again, and what it only moves: the script alone, with Plotly, no server."""

import json
import random
from pathlib import Path

import numpy as np
import plotly
import pytest

from bnviz.figures import theme
from bnviz.figures.frames import Frames
from bnviz.labs.view import Timeline
from bnviz.ui.stage import SCRIPT, Chart, payload
from bnviz.ui.stage.change import change
from bnviz.ui.stage.message import next_message

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PAGE = """<body style="margin: 0; --st-background-color: #fff; background: #fff">
<div id="place" style="width: 1000px">
<section class="bnstage" style="background: #fff"></section></div>
<style>.bnstage-plot { height: 260px } .bnstage-chart { margin: 0 }</style>"""
START = """async (source) => {
  const script = source + '\\nexport { stages, changed };';
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  window.script = await import(url);
  window.told = [];
  window.drawn = [];
  const parentElement = document.querySelector('#place');
  const setStateValue = (name, value) => told.push([name, value]);
  window.say = (data) => window.script.default({ parentElement, data, setStateValue });
  window.stage = () => window.script.stages.get(parentElement);
  window.ready = () => document.querySelector('.bnstage').dataset.ready === 'true';
  for (const name of ['react', 'relayout']) {
    const plain = Plotly[name];
    Plotly[name] = (plot, ...rest) => {
      drawn.push(`${name} ${plot.closest('.bnstage-chart').dataset.chart}`);
      return plain(plot, ...rest);
    };
  }
}"""
FRAMES = "async () => { for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame); }"
# Where everything that can move stands on the screen, in px.
PLACES = """() => [...document.querySelectorAll('.js-line, .js-fill, .point, .shapelayer path')]
  .map((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    return { kind: node.classList[0] ?? 'guide', box: [x, y, x + width, y + height] };
  })
  .filter(({ box }) => box[0] < box[2] || box[1] < box[3])"""
STEPS = [0, 10, 20, 30]
N = len(STEPS)


class Place:
    """A page with a stage that is told messages by a test."""

    def __init__(self, page):
        self.page = page
        self.sent = None

    def message(self, charts, *, steps=STEPS, whole=False):
        """Return the next message, and take it as sent."""
        data = payload(charts, Timeline(steps, STEPS[-1]), running=False)
        data |= {"visit": "", "plotly": "none.js"}
        self.sent = next_message(self.sent, data, 10**15 if whole else -1)
        return self.sent.message

    def say(self, *messages):
        self.page.evaluate("messages => { messages.forEach(say); }", list(messages))

    def settle(self):
        """Wait until Plotly has drawn everything, and return what it was asked to draw."""
        self.page.wait_for_function("ready()")
        return self.page.evaluate("drawn.splice(0)")

    def hurry(self, t):
        """Show a snapshot to a reader who does not rest, however slow the machine is."""
        self.page.evaluate("stage().rest = () => {}; stage().resting = 1")
        self.page.evaluate("t => stage().show(t)", t)
        self.page.evaluate(FRAMES)

    def rest(self):
        """Let the reader rest where he is, and wait until Plotly has drawn that."""
        self.page.evaluate("delete stage().rest; stage().rest()")
        return self.settle()

    def plot(self, chart, expression):
        node = self.page.query_selector(f"[data-chart={chart}] .bnstage-plot")
        return self.page.evaluate(f"p => {expression}", node)


@pytest.fixture(scope="module")
def page_and_errors(browser):
    """Return a page for all tests here, and the list of its errors."""
    page, errors = browser.new_page(), []
    page.set_viewport_size({"width": 1000, "height": 1300})
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page, errors
    page.close()


@pytest.fixture
def place(page_and_errors):
    page, errors = page_and_errors
    errors.clear()
    page.mouse.move(0, 0)
    page.goto("about:blank")  # nothing is left of the test before
    page.set_content(PAGE)
    page.add_script_tag(path=str(PLOTLY))
    page.evaluate(START, SCRIPT)
    page.bring_to_front()
    yield Place(page)
    assert errors == []


def lines(seed=0, title="lines", n=N):
    """Return a chart of all that is moved: gaps, a log axis, markers, outlines, guides."""
    rng = np.random.default_rng(seed)
    x = np.arange(1, 9.0)
    outline_x = np.array([1, 2, 3, np.nan, 5, 6, 7])
    outline = rng.uniform(1, 9, (N, 7))[:n]
    dots = 10 ** rng.uniform(-3, 3, (N, 8))[:n]
    gaps = 10 ** rng.uniform(-3, 3, (N, 8))
    gaps[np.arange(N), 2 + np.arange(N)] = np.nan
    how = {"mode": "lines+markers", "line": {"dash": "dot"}}
    data = [
        theme.line(x, Frames(dots), theme.WITH, name="dots", **how),
        theme.line(x, Frames(gaps[:n]), theme.WITHOUT, name="gaps"),
        {**theme.line(outline_x, Frames(outline, bits=16), theme.WITH, name="fill"), "yaxis": "y2"}
        | {"fill": "toself", "fillcolor": "#CFE3F0"},
        theme.line(x, x, theme.REFERENCE, name="still"),
    ]
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Layer", range=[0, 9], anchor="y2"),
        "yaxis": theme.log_axis("Norm", range=[-3, 3], domain=[0.5, 1]),
        "yaxis2": theme.axis("Height", range=[0, 10], domain=[0, 0.4]),
        "shapes": [
            theme.guide(x=Frames(np.arange(1.0, N + 1)[:n])),
            theme.guide(y=Frames(np.arange(2.0, N + 2)[:n]), yref="y2"),
        ],
    }
    return Chart("lines", {"data": data, "layout": layout}, "lines")


def bars(height=1.0):
    heights = np.outer(np.arange(1, N + 1), np.full(3, height))
    figure = {"data": [{"type": "bar", "y": Frames(heights)}], "layout": {}}
    return Chart("bars", figure, "bars")


def still(value=1.0, name="still"):
    figure = {"data": [theme.line(np.arange(3), np.full(3, value), theme.WITH, name="a")]}
    return Chart(name, {**figure, "layout": {"title": theme.finding("still")}}, "still")


def test_what_is_equal_is_not_drawn_again(place):
    place.say(place.message([lines(), bars(), still()]))
    assert sorted(place.settle()) == ["react bars", "react lines", "react still"]
    place.say(place.message([lines(title="other words"), bars(), still()]))
    assert place.settle() == []
    assert place.page.get_by_text("other words").count() > 0
    place.say(place.message([lines(title="other words"), bars(), still()], whole=True))
    assert place.settle() == []
    place.say(place.message([lines(title="other words"), bars(), still(2.0)]))
    assert place.settle() == ["react still"]
    place.say(place.message([lines(title="other words"), bars(2.0), still(2.0)], whole=True))
    assert place.settle() == ["react bars"]


def test_what_is_moved_stands_where_plotly_draws(place):
    place.say(place.message([lines(), still()]))
    place.settle()
    for t in range(N):
        before = place.page.evaluate(PLACES)
        place.hurry(t)
        assert place.page.evaluate("drawn") == []
        moved = extent(place.page.evaluate(PLACES))
        if t < N - 1:
            assert place.plot("lines", "p.dataset.rough") == "true"
            assert not np.allclose(values(extent(before)), values(moved), atol=1)
        place.rest()
        drawn = extent(place.page.evaluate(PLACES))
        assert moved.keys() == drawn.keys()
        np.testing.assert_allclose(values(moved), values(drawn), atol=0.6)
        assert place.plot("lines", "p.dataset.rough ?? null") is None
        assert place.plot("lines", "p.data[0].y[0]") == pytest.approx(moving_value(t), rel=1e-6)


def moving_value(t):
    return float(lines().figure["data"][0]["y"].values[t, 0])


def extent(places):
    """Return the boxes of the points and guides, and one box for all the lines of each kind."""
    boxes = {}
    for k, place in enumerate(places):
        kind = place["kind"]
        boxes.setdefault(kind if kind.startswith("js") else f"{kind} {k}", []).append(place["box"])
    named = {}
    for kind, several in sorted(boxes.items()):
        low, high = np.min(several, axis=0), np.max(several, axis=0)
        named[kind.split()[0] + str(len(named))] = [*low[:2], *high[2:]]
    return named


def values(named):
    return list(named.values())


def test_a_run_that_goes_on_adds_snapshots_to_those_that_are_there(place):
    place.say(place.message([lines(n=2)], steps=STEPS[:2]))
    place.settle()
    message = place.message([lines()])
    assert len(json.dumps(message)) < 0.8 * len(json.dumps(place.sent.data))
    place.say(message)
    place.settle()
    for t in range(N):
        place.page.evaluate("t => stage().show(t)", t)
        place.settle()
        assert place.plot("lines", "p.data[0].y[0]") == pytest.approx(moving_value(t), rel=1e-6)


def test_a_lost_message_is_noticed_and_the_whole_mends_it(place):
    place.say(place.message([still(1.0)]))
    place.message([still(2.0)])  # never arrives
    after = place.message([still(2.0), bars()])
    place.say(after)
    place.page.wait_for_function("told.length")
    assert place.page.evaluate("told") == [["lacks", {"visit": "", "value": after["serial"]}]]
    assert place.page.locator("[data-chart=bars]").count() == 0
    place.say(place.message([still(2.0), bars()], whole=True))
    place.settle()
    assert place.plot("still", "p.data[0].y[0]") == 2
    assert place.page.locator("[data-chart=bars]").count() == 1
    place.say(place.message([still(3.0), bars()]))
    place.settle()
    assert place.plot("still", "p.data[0].y[0]") == 3


def test_a_stage_that_begins_with_a_change_asks_for_the_whole(place):
    place.message([still(1.0)])
    place.say(place.message([still(2.0)]))
    place.page.wait_for_function("told.length")
    place.say(place.message([still(2.0)], whole=True))
    assert place.settle() == ["react still"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_messages_in_either_order_say_the_same(place, order):
    place.say(place.message([still(1.0), bars(1.0)]))
    place.settle()
    both = [place.message([still(2.0), bars(1.0)]), place.message([still(2.0), bars(2.0)])]
    place.page.evaluate(
        "messages => { window.undo = messages.map(say); }", [both[k] for k in order]
    )
    place.page.evaluate("k => undo[k]()", order.index(0))  # the end of the older one
    place.settle()
    assert place.plot("still", "p.data[0].y[0]") == 2
    assert place.plot("bars", "p.data[0].y[0]") == 8
    place.page.wait_for_timeout(300)
    assert place.page.evaluate("told") == []
    place.page.evaluate("k => undo[k]()", order.index(1))
    assert place.page.locator(".bnstage-chart").count() == 0


def test_another_theme_draws_everything_again(place):
    message = place.message([lines(), still()])
    place.say(message)
    place.settle()
    place.say(message)
    assert place.settle() == []
    place.page.evaluate("document.querySelector('.bnstage').style.background = '#14171A'")
    place.say(message)
    assert sorted(place.settle()) == ["react lines", "react still"]
    assert place.plot("still", "p.data[0].line.color") == theme.DARK[theme.WITH.color]


def test_the_chart_under_the_pointer_is_drawn_first(place):
    names = ["a", "b", "c", "d"]
    place.say(place.message([still(1.0, name) for name in names]))
    assert place.settle() == [f"react {name}" for name in names]
    place.page.locator("[data-chart=c]").hover()
    place.say(place.message([still(2.0, name) for name in names]))
    assert place.settle() == ["react c", "react a", "react b", "react d"]


def test_the_browser_reads_changes_as_they_are_meant(place):
    rng = random.Random(0)

    def value(depth=3):
        kinds = ["leaf", "list", "dict"] if depth else ["leaf"]
        match rng.choice(kinds):
            case "list":
                return [value(depth - 1) for _ in range(rng.randrange(4))]
            case "dict":
                return {key: value(depth - 1) for key in "xyz" if rng.random() < 0.6}
        return rng.choice([None, 0, 1, "a"])

    olds, news = [value() for _ in range(300)], [value() for _ in range(300)]
    news[::3] = [[old, new] for old, new in zip(olds[::3], news[::3], strict=True)]
    olds[::3] = [[old] for old in olds[::3]]
    changes = [change(old, new) for old, new in zip(olds, news, strict=True)]
    read = place.page.evaluate(
        "([olds, changes]) => olds.map((old, k) => window.script.changed(old, changes[k]))",
        [olds, changes],
    )
    assert read == news
