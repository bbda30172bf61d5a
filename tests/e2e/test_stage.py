"""The stage in a real browser: what it draws, what it keeps, and what the server hears."""

from itertools import pairwise

import pytest

from bnviz.figures import theme
from tests.e2e.waiting import LAST, heard

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


@pytest.fixture
def page(open_page, stage_address, settled):
    page = open_page(stage_address)
    assert settled(page) == LAST
    return page


def plot(page, chart, expression):
    """Evaluate an expression of the Plotly plot `p` of one chart."""
    selector = f"[data-chart={chart}] .bnstage-plot"
    return page.evaluate(f"p => {expression}", page.query_selector(selector))


def place(page, share):
    """Return the point at a share of the scrubber's length."""
    box = page.locator(SCRUBBER).bounding_box()
    return box["x"] + 7 + (box["width"] - 14) * share, box["y"] + box["height"] / 2


def draws(page):
    return int(page.get_attribute(".bnstage", "data-draws"))


def test_four_charts_are_drawn_with_their_words_and_numbers_and_can_be_reached(page):
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

    heights = plot(page, "bars", "Array.from(p.data[0].y)")
    assert heights == pytest.approx([1, 2, 3, 4, 5], abs=5 / 65534)
    x, y = plot(page, "norms", "[Array.from(p.data[1].x), Array.from(p.data[1].y)]")
    assert (x, y) == ([6], [pytest.approx(1e-6)])

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


def test_steps_redraw_once_and_quick_ones_become_one_message(page, open_page, settled):
    page.evaluate(COUNT)
    page.get_by_label("One snapshot back").click()
    heard(page, "step 390 kind g")
    assert settled(page) == 390
    assert page.evaluate("window.drawn.bars") == 1  # the answer brought nothing new
    page.get_by_label("snapshot forward").click()
    heard(page, "step None kind g")  # at the end it follows again
    assert settled(page) == LAST
    sent = open_page.sent
    sent.clear()
    page.evaluate("for (let k = 0; k < 5; k++) document.querySelector('[data-do=back]').click()")
    settled(page, step=350)
    heard(page, "step 350 kind g")
    assert len(sent) == 1


def test_zoom_and_a_chosen_step_outlive_new_numbers(page, settled):
    page.mouse.click(*place(page, 0.25))
    heard(page, "step 100 kind g")
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
    assert settled(page) == 100
    assert plot(page, "curve", "Array.from(p.data[0].y.slice(0, 2))") != before
    assert plot(page, "curve", "p.layout.xaxis.range") == zoomed

    page.mouse.dblclick(box["x"] + box["width"] / 2, y)
    page.wait_for_function(
        "document.querySelector('[data-chart=curve] .bnstage-plot').layout.xaxis.range[1] == 400"
    )


def test_play_runs_from_the_start_pauses_tells_the_step_and_ends_at_the_end(page, open_page):
    sent = open_page.sent
    sent.clear()
    page.get_by_label("Play", exact=True).click()
    page.wait_for_function(
        f"(({{step}}) => 50 < step && step < {LAST})(document.querySelector('.bnstage').dataset)"
    )  # it stood at the end before
    assert sent == []
    page.get_by_label("Pause").click()
    assert page.get_attribute(".bnstage", "data-playing") == "false"
    step = page.locator(SCRUBBER).get_attribute("aria-valuetext").split()[1]
    heard(page, f"step {step} kind g")
    assert len(sent) == 1
    page.get_by_label("Speed").select_option("4")
    page.get_by_label("Play", exact=True).click()
    heard(page, "step None kind g")
    assert page.get_attribute(".bnstage", "data-playing") == "false"


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


def test_picks_are_told_and_answered_until_a_link_is_followed(page, settled):
    page.get_by_label("Layer", exact=True).select_option("3")
    title = page.locator("[data-chart=norms] .bnstage-title")
    title.get_by_text("Layer 3 of 6").last.wait_for()
    page.get_by_role("radio", name="gradient").focus()
    page.keyboard.press("ArrowRight")
    heard(page, "step None kind u")
    assert page.get_by_role("radio", name="update").is_checked()
    assert page.get_by_label("Layer", exact=True).input_value() == "3"
    page.locator("[data-pick=kind]").get_by_text("gradient").click()
    heard(page, "step None kind g")
    page.locator("[data-pick=kind]").get_by_text("update").click()
    page.mouse.click(*place(page, 0.5))
    heard(page, "step 200 kind u")
    page.get_by_role("button", name="Follow a link").click()
    heard(page, "step 250 kind g")
    assert settled(page) == 250
    assert page.get_by_role("radio", name="gradient").is_checked()
    page.get_by_label("One snapshot back").click()
    heard(page, "step 240 kind g")


def toggle(page):
    """Play and pause with the space bar."""
    for playing in ("true", "false"):
        page.keyboard.press("Space")
        page.wait_for_selector(f'.bnstage[data-playing="{playing}"]')


def test_the_keyboard_does_it_all(page, settled):
    page.locator(SCRUBBER).focus()
    page.keyboard.press("Home")
    assert settled(page, step=0) == 0
    page.keyboard.press("ArrowRight")
    assert settled(page, step=10) == 10
    assert page.locator(SCRUBBER).get_attribute("aria-valuetext") == "step 10 of 400"
    heard(page, "step 10 kind g")
    toggle(page)
    page.locator(".bnstage").focus()
    toggle(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0


def test_the_theme_and_the_width_change_in_the_browser(page, open_page, settled):
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
    before = plot(page, "curve", "p.clientWidth")
    page.set_viewport_size({"width": 1000, "height": 800})
    page.wait_for_function(
        "w => document.querySelector('.bnstage-plot').clientWidth < w - 100", arg=before
    )
    page.wait_for_function(  # the chart is drawn anew once its width has come to rest
        "p => p._fullLayout.width === p.clientWidth",
        arg=page.query_selector("[data-chart=curve] .bnstage-plot"),
    )


def test_nothing_is_cut_off_on_a_screen_and_a_phone_keeps_the_transport_in_sight(page, settled):
    boxes = [chart.bounding_box() for chart in page.locator(".bnstage-chart").all()]
    assert len({box["x"] for box in boxes}) == len({box["y"] for box in boxes}) == 2
    assert page.locator(".bnstage").bounding_box()["height"] == 640
    check_whole(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('.bnstage-plot').clientWidth < 390")
    settled(page)
    boxes = [chart.bounding_box() for chart in page.locator(".bnstage-chart").all()]
    assert len({box["x"] for box in boxes}) == 1
    assert all(b["y"] >= a["y"] + a["height"] - 1 for a, b in pairwise(boxes))
    assert all(280 <= box["height"] <= 400 for box in boxes)
    check_whole(page)
    page.locator("[data-chart=norms]").scroll_into_view_if_needed()
    assert 0 <= page.locator(".bnstage-transport").bounding_box()["y"] <= 4
    page.locator("[data-do=back]").click()
    assert settled(page, step=390) == 390


def check_whole(page):
    """Check that no title is cut off and each plot is as large as its place."""
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
