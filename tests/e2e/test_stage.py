"""The stage in a real browser: what it draws, what it keeps, and what the server hears."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from bnviz.figures import theme
from bnviz.ui.stage import SCRIPT, Chart, payload

APP = Path(__file__).with_name("stage_app.py")
LAST = 400
SCRUBBER = ".bnstage-track input"
# How often each chart was drawn since the page was asked to count.
COUNT = """() => {
  window.drawn = {};
  for (const chart of document.querySelectorAll(".bnstage-chart")) {
    window.drawn[chart.dataset.chart] = 0;
    chart.querySelector(".bnstage-plot").on("plotly_afterplot", () => {
      window.drawn[chart.dataset.chart] += 1;
    });
  }
}"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Return a folder with the app and a sub-page, outside the project: the app writes static/."""
    folder = tmp_path_factory.mktemp("stage")
    (folder / "pages").mkdir()
    shutil.copy(APP, folder / "app.py")
    shutil.copy(APP, folder / "pages" / "second.py")
    return folder


@pytest.fixture
def address(serve, folder):
    return serve(folder / "app.py")


@pytest.fixture
def page(open_page, address, settled):
    page = open_page(address)
    assert settled(page) == LAST
    return page


def heard(page, words):
    page.get_by_text(f"heard {words}", exact=True).wait_for()


def plot(page, chart, expression):
    """Evaluate an expression of the Plotly plot `p` of one chart."""
    selector = f"[data-chart={chart}] .bnstage-plot"
    return page.evaluate(f"p => {expression}", page.query_selector(selector))


def place(page, share):
    """Return the point at a share of the scrubber's length."""
    box = page.locator(SCRUBBER).bounding_box()
    return box["x"] + 7 + (box["width"] - 14) * share, box["y"] + box["height"] / 2


def shown_step(page):
    return int(page.get_attribute(".bnstage", "data-step"))


def draws(page):
    return int(page.get_attribute(".bnstage", "data-draws"))


def test_four_charts_are_drawn_with_their_words(page):
    assert page.locator(".bnstage-plot .main-svg").count() >= 4
    assert page.locator("[data-chart=bars] .point").count() == 5
    assert plot(page, "curve", "p.getAttribute('role')") == "img"
    assert plot(page, "curve", "p.getAttribute('aria-label')") == "At step 400 the curve falls"
    title = page.locator("[data-chart=curve] .bnstage-title span:not([aria-hidden])")
    assert title.inner_text() == "Loss at step 400: 0.08"
    assert page.get_attribute(".bnstage", "data-run") == "run 0"
    assert "step 400 of 400" in page.inner_text(".bnstage-transport")
    assert plot(page, "curve", "p.layout.title?.text") is None
    assert plot(page, "norms", "p._fullLayout.font.family") == theme.FONT_FAMILY


def test_numbers_arrive_as_they_were(page):
    heights = plot(page, "bars", "Array.from(p.data[0].y)")
    assert heights == pytest.approx([1, 2, 3, 4, 5], abs=5 / 65534)
    x, y = plot(page, "norms", "[Array.from(p.data[1].x), Array.from(p.data[1].y)]")
    assert (x, y) == ([6], [pytest.approx(1e-6)])


def test_scrubbing_redraws_here_and_tells_the_server_at_its_end(page, open_page, settled):
    sent = open_page.sent
    sent.clear()
    page.evaluate(COUNT)
    page.mouse.move(*place(page, 1))
    page.mouse.down()
    for share in (0.9, 0.75, 0.6, 0.5):
        page.mouse.move(*place(page, share))
        settled(page, step=round(LAST * share))
    guide = plot(page, "curve", "p.layout.shapes[0].x0")
    heights = plot(page, "bars", "Array.from(p.data[0].y)")
    assert guide == 200
    assert heights == pytest.approx([0.5, 1, 1.5, 2, 2.5], abs=1e-4)
    page.wait_for_timeout(400)  # the reader holds still, and still nothing is sent
    assert sent == []
    page.mouse.up()
    heard(page, "step 200 kind g")
    assert len(sent) == 1
    drawn = page.evaluate("window.drawn")
    assert drawn["bars"] >= 4
    assert drawn["fixed"] == 0
    assert settled(page) == 200


def test_an_answer_that_brings_nothing_new_redraws_nothing(page, settled):
    page.evaluate(COUNT)
    page.get_by_label("One snapshot back").click()
    heard(page, "step 390 kind g")
    assert settled(page) == 390
    assert page.evaluate("window.drawn.bars") == 1


def test_going_back_to_the_end_follows_again(page, settled):
    back, forward = page.get_by_label("One snapshot back"), page.get_by_label("snapshot forward")
    back.click()
    heard(page, "step 390 kind g")
    forward.click()
    heard(page, "step None kind g")
    assert settled(page) == LAST


def test_quick_steps_become_one_message(page, open_page, settled):
    sent = open_page.sent
    sent.clear()
    page.evaluate("for (let k = 0; k < 5; k++) document.querySelector('[data-do=back]').click()")
    settled(page, step=350)
    heard(page, "step 350 kind g")
    assert len(sent) == 1


def test_zoom_outlives_new_numbers_and_a_double_click_ends_it(page, settled):
    box = page.locator("[data-chart=curve] .nsewdrag").first.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "document.querySelector('[data-chart=curve] .bnstage-plot').layout.xaxis.range[0] > 50"
    )
    zoomed = plot(page, "curve", "p.layout.xaxis.range")
    assert zoomed == pytest.approx([100, 200], abs=2)

    before = plot(page, "curve", "Array.from(p.data[0].y.slice(0, 2))")
    page.get_by_role("button", name="New run").click()
    page.wait_for_selector('.bnstage[data-run="run 1"]')
    settled(page)
    assert plot(page, "curve", "Array.from(p.data[0].y.slice(0, 2))") != before
    assert plot(page, "curve", "p.layout.xaxis.range") == zoomed

    page.mouse.dblclick(box["x"] + box["width"] / 2, y)
    page.wait_for_function(
        "document.querySelector('[data-chart=curve] .bnstage-plot').layout.xaxis.range[1] == 400"
    )


def test_a_chosen_step_outlives_new_numbers(page, settled):
    page.mouse.click(*place(page, 0.25))
    heard(page, "step 100 kind g")
    page.get_by_role("button", name="New run").click()
    page.wait_for_selector('.bnstage[data-run="run 1"]')
    assert settled(page) == 100


def test_play_runs_from_the_start_pauses_and_tells_the_step(page, open_page):
    sent = open_page.sent
    sent.clear()
    page.get_by_label("Play", exact=True).click()
    page.wait_for_function("document.querySelector('.bnstage').dataset.step > 50")
    assert shown_step(page) < LAST
    assert sent == []
    page.get_by_label("Pause").click()
    assert page.get_attribute(".bnstage", "data-playing") == "false"
    step = page.locator(SCRUBBER).get_attribute("aria-valuetext").split()[1]
    heard(page, f"step {step} kind g")
    assert len(sent) == 1


def test_play_ends_at_the_end(page, settled):
    page.get_by_label("Speed").select_option("4")
    page.get_by_label("Play", exact=True).click()
    page.wait_for_selector('.bnstage[data-playing="true"]')
    page.wait_for_selector('.bnstage[data-playing="false"]')
    assert settled(page) == LAST
    heard(page, "step None kind g")


def test_slow_drawing_leaves_snapshots_out(page, settled):
    page.evaluate("""() => {
      const react = Plotly.react;
      Plotly.react = (...call) => {
        const until = performance.now() + 100;
        while (performance.now() < until);
        return react(...call);
      };
    }""")
    before = draws(page)
    page.get_by_label("Speed").select_option("4")
    page.get_by_label("Play", exact=True).click()
    page.wait_for_selector('.bnstage[data-playing="true"]')
    page.wait_for_selector('.bnstage[data-playing="false"]')
    assert settled(page) == LAST
    assert draws(page) - before <= 20  # of 41 snapshots


def test_picks_are_told_and_answered(page, settled):
    page.get_by_label("Layer", exact=True).select_option("3")
    title = page.locator("[data-chart=norms] .bnstage-title")
    title.get_by_text("Layer 3 of 6").last.wait_for()
    page.locator("[data-pick=kind]").get_by_text("update").click()
    heard(page, "step None kind u")
    assert page.get_by_role("radio", name="update").is_checked()
    assert page.get_by_label("Layer", exact=True).input_value() == "3"
    assert settled(page) == LAST


def test_a_pick_answers_to_the_arrow_keys(page):
    page.get_by_role("radio", name="gradient").focus()
    page.keyboard.press("ArrowRight")
    heard(page, "step None kind u")


def test_the_keyboard_does_it_all(page, settled):
    page.locator(SCRUBBER).focus()
    page.keyboard.press("Home")
    assert settled(page, step=0) == 0
    page.keyboard.press("ArrowRight")
    assert settled(page, step=10) == 10
    assert page.locator(SCRUBBER).get_attribute("aria-valuetext") == "step 10 of 400"
    heard(page, "step 10 kind g")
    page.keyboard.press("Space")
    page.wait_for_selector('.bnstage[data-playing="true"]')
    page.keyboard.press("Space")
    page.wait_for_selector('.bnstage[data-playing="false"]')

    page.locator(".bnstage").focus()
    page.keyboard.press("Space")
    page.wait_for_selector('.bnstage[data-playing="true"]')
    page.keyboard.press("Space")
    page.wait_for_selector('.bnstage[data-playing="false"]')
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_the_focus_goes_through_the_transport_and_is_seen(page):
    page.locator(".bnstage").focus()
    names = []
    for _ in range(5):
        page.keyboard.press("Tab")
        name, shadow = page.evaluate("""() => {
          const node = document.activeElement;
          return [node.ariaLabel, getComputedStyle(node).boxShadow];
        }""")
        names.append(name)
        assert shadow != "none"
    assert names == ["One snapshot back", "Play", "One snapshot forward", "Step", "Speed"]


def test_the_theme_changes_in_the_browser(page, open_page, settled):
    sent = open_page.sent
    sent.clear()
    light = plot(page, "curve", "[p.data[0].line.color, p._fullLayout.paper_bgcolor]")
    assert light == [theme.WITH.color, theme.BACKGROUND]
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector('.bnstage[data-theme="dark"]')
    settled(page)
    dark = plot(page, "curve", "[p.data[0].line.color, p._fullLayout.paper_bgcolor]")
    assert dark == [theme.DARK[color] for color in light]
    assert plot(page, "norms", "p.data[1].textfont.color") == theme.DARK[theme.WITHOUT.text]
    panel = page.evaluate("getComputedStyle(document.querySelector('.bnstage')).backgroundColor")
    assert panel == "rgb(20, 23, 26)"
    # Streamlit itself may report the new theme; the stage has nothing to say.
    assert not any(b"stage" in bytes(frame) for frame in sent)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_off(open_page, address, settled, width):
    page = open_page(address, width=width, height=844)
    settled(page)
    boxes = [chart.bounding_box() for chart in page.locator(".bnstage-chart").all()]
    if width == 390:
        assert len({box["x"] for box in boxes}) == 1
        assert all(b["y"] >= a["y"] + a["height"] - 1 for a, b in pairwise(boxes))
        assert all(280 <= box["height"] <= 400 for box in boxes)
    else:
        assert len({box["x"] for box in boxes}) == len({box["y"] for box in boxes}) == 2
        assert page.locator(".bnstage").bounding_box()["height"] == 640
    overflow = page.evaluate("""() => {
      const main = document.querySelector("[data-testid=stMain]");
      const wide = (node) => node.scrollWidth > node.clientWidth + 1;
      return [main, ...document.querySelectorAll(".bnstage-title, figcaption")].filter(wide).length;
    }""")
    assert overflow == 0
    inside = page.evaluate("""() => [...document.querySelectorAll(".bnstage-chart")].every((c) => {
      const [title, plot] = [".bnstage-title", ".bnstage-plot"].map(
        (s) => c.querySelector(s).getBoundingClientRect());
      const svg = c.querySelector(".main-svg").getBoundingClientRect();
      return title.bottom <= plot.top + 1 && svg.width <= plot.width + 1
        && Math.abs(svg.height - plot.height) <= 1;
    })""")
    assert inside


def test_on_a_phone_the_transport_stays_in_sight(open_page, address, settled):
    page = open_page(address, width=390, height=844)
    settled(page)
    page.locator("[data-chart=norms]").scroll_into_view_if_needed()
    box = page.locator(".bnstage-transport").bounding_box()
    assert 0 <= box["y"] <= 4
    page.locator("[data-do=back]").click()
    assert settled(page, step=390) == 390


def test_a_new_width_is_drawn(page, settled):
    before = plot(page, "curve", "p.clientWidth")
    page.set_viewport_size({"width": 1000, "height": 800})
    page.wait_for_function(
        "w => document.querySelector('.bnstage-plot').clientWidth < w - 100", arg=before
    )
    settled(page)
    assert plot(page, "curve", "p._fullLayout.width == p.clientWidth")


def test_the_place_is_kept_while_the_library_loads(open_page, address, settled):
    page = open_page("about:blank")
    waiting = []
    page.route("**/plotly.min.js*", lambda route: waiting.append(route))
    page.goto(address)
    page.get_by_text("below the stage").wait_for()
    page.locator("[data-chart=norms] .bnstage-title").get_by_text("Layer 1 of 6").last.wait_for()
    before = page.get_by_text("below the stage").bounding_box()
    chart = page.locator("[data-chart=norms]").bounding_box()
    waiting[0].continue_()
    settled(page)
    assert page.get_by_text("below the stage").bounding_box() == before
    assert page.locator("[data-chart=norms]").bounding_box() == chart


def test_a_missing_library_is_said(open_page, address):
    page = open_page("about:blank")
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(address)
    page.get_by_role("alert").get_by_text("could not be loaded").wait_for()
    open_page.complaints.clear()


def test_the_link_seeds_the_step(open_page, address, settled):
    page = open_page(f"{address}?step=123")
    assert settled(page) == 120
    heard(page, "step 123 kind g")


def test_a_followed_link_counts_again(page, settled):
    page.mouse.click(*place(page, 0.5))
    page.locator("[data-pick=kind]").get_by_text("update").click()
    heard(page, "step 200 kind u")
    page.get_by_role("button", name="Follow a link").click()
    heard(page, "step 250 kind g")
    assert settled(page) == 250
    assert page.get_by_role("radio", name="gradient").is_checked()
    page.get_by_label("One snapshot back").click()
    heard(page, "step 240 kind g")


def test_a_run_is_followed_until_the_reader_chooses(page, settled):
    page.get_by_role("button", name="Stream").click()
    page.wait_for_selector('.bnstage[data-running="true"]')
    page.wait_for_function("document.querySelector('.bnstage').dataset.step > 100")
    page.wait_for_selector('.bnstage[data-running="false"]')
    settled(page, step=LAST)

    page.mouse.click(*place(page, 0.5))
    heard(page, "step 200 kind g")
    page.get_by_role("button", name="Stream").click()
    page.wait_for_selector('.bnstage[data-running="true"]')
    page.wait_for_selector('.bnstage[data-running="false"]')
    settled(page, step=200)


def test_a_cold_deep_link_below_a_base_path_finds_the_library(serve, open_page, folder, settled):
    address = serve.fresh(folder / "app.py", "--server.baseUrlPath=lab")
    assert settled(open_page(f"{address}/second?step=120")) == 120
    assert settled(open_page(address)) == LAST


def test_a_sub_page_without_a_base_path_finds_the_library(address, open_page, settled):
    assert settled(open_page(f"{address}/second?step=120")) == 120


# Two messages whose calls come in the wrong order; the old one is then taken back.
OVERTAKEN = """async ([source, old, fresh]) => {
  window.Plotly = { react: async () => {}, relayout: async () => {}, purge: () => {} };
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: call } = await import(url);
  const parentElement = document.querySelector("#place");
  const say = (data) => call({ parentElement, data, setStateValue: () => {} });
  const order = { kept: [fresh, old], usual: [old, fresh] };
  const shown = {};
  for (const [name, [first, second]] of Object.entries(order)) {
    const undo = [say(first), say(second)];
    (name === "kept" ? undo[1] : undo[0])();
    const stage = document.querySelector(".bnstage");
    for (let k = 0; k < 300 && stage.dataset.ready !== "true"; k++) {
      await new Promise(requestAnimationFrame);
    }
    shown[name] = { ...stage.dataset };
    (name === "kept" ? undo[0] : undo[1])();
    shown[name].left = stage.childElementCount;
  }
  return shown;
}"""


def test_a_message_that_was_overtaken_changes_nothing_and_its_end_closes_nothing(browser):
    figure = {"data": [{"type": "scatter", "x": [0, 1], "y": [0, 1]}], "layout": {}}

    def message(serial, run, running):
        charts = [Chart("curve", figure, "a line")]
        data = payload(charts, steps=[0, serial], n_steps=9, running=running, run=run)
        return {**data, "serial": serial, "visit": "", "plotly": "none.js"}

    page = browser.new_page()
    page.set_content('<div id="place"><section class="bnstage"></section></div>')
    old, fresh = message(1, "old", True), message(2, "fresh", False)
    shown = page.evaluate(OVERTAKEN, [SCRIPT, old, fresh])
    page.close()
    for name in ("kept", "usual"):
        assert shown[name]["run"] == "fresh", name
        assert shown[name]["running"] == "false", name
        assert shown[name]["ready"] == "true", name
        assert shown[name]["left"] == 0, name
