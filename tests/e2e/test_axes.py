"""The axes explorer in a real browser: themes, a phone, clicks, the keyboard, links."""

import re

import pytest
from playwright.sync_api import expect

APP = "app.py"
DRAWN = """() => {
  const plots = [...document.querySelectorAll('.js-plotly-plot')];
  return plots.length === 2 && plots.every((plot) => plot.querySelector('.annotation'))
    && !document.querySelector('[data-testid=stSkeleton]');
}"""
FAINT = "texts => texts.filter((text) => +getComputedStyle(text).opacity < 1).length"
TITLE = ".st-key-axes_cells .gtitle >> visible=true"  # the old picture is hidden for a moment


@pytest.fixture
def visit(serve, open_page):
    """Open the page with a query and wait until both pictures are drawn."""

    def show(query="", **options):
        page = open_page(f"{serve(APP)}/axes{query}", **options)
        page.wait_for_function(DRAWN)
        return page

    return show


def click(page, value):
    """Click on the first cell in which this value is written."""
    cells = page.locator(".st-key-axes_cells .textpoint text")
    cells.get_by_text(value, exact=True).first.click(force=True)  # a shape lies over the text


def test_a_link_opens_with_its_method_and_says_what_did_not_fit(visit):
    page = visit("?axes_method=gn&axes_channels=6&axes_groups=4")
    expect(page.get_by_text("Changed to fit")).to_contain_text("Groups G = 3 is used")
    expect(page.locator(TITLE)).to_have_text("GN with 3 groups: 9 statistics of 12 values each")
    expect(page.get_by_test_id("stCode").first).to_contain_text("x.reshape(3, 3, 12), axes=(-1,)")


def test_one_screen_holds_it_all_and_a_click_or_the_keyboard_chooses(visit):
    page = visit(width=1280, height=800)
    page.wait_for_function("() => document.querySelectorAll('.st-key-bar').length === 1")
    for part in (".st-key-controls_axes", ".st-key-axes_cells", "[data-testid=stCode] >> nth=0"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 800, part
        assert box["x"] + box["width"] <= 1280
    page.get_by_text("Numbers of this run").click()
    with page.expect_download() as download:
        page.locator("[data-testid=stDownloadButton] button").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    assert lines[0] == "n,c,h,w,x,set,x_hat"
    assert len(lines) == 1 + 3 * 4 * 2 * 3

    click(page, "-4.5")
    expect(page.locator(".st-key-takeaway")).to_contain_text("x[0, 1, 1, 1]")
    expect(page).to_have_url(re.compile("axes_at_sample=0&axes_at_channel=1&axes_at_row=1$"))
    expect(page.locator(".st-key-axes_at_channel input[type=range]")).to_have_value("1")
    page.wait_for_function(DRAWN)
    texts = page.locator(".st-key-axes_cells .textpoint text")
    assert texts.evaluate_all(FAINT) == 0
    click(page, "2.4")
    expect(page.locator(".st-key-takeaway")).to_contain_text("x[1, 2, 1, 2]")
    page.wait_for_function(DRAWN)
    click(page, "2.4")
    expect(page.locator(".st-key-takeaway")).to_contain_text("x[1, 2, 1, 2]")

    page.get_by_role("radio", name="LN").or_(page.get_by_role("button", name="LN")).first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("axes_method=ln"))
    expect(page.locator(TITLE)).to_have_text("LN: 3 statistics of 24 values each")
    slider = page.locator(".st-key-axes_samples input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(page).to_have_url(re.compile("axes_samples=4"))
    expect(page.locator(TITLE)).to_have_text("LN: 4 statistics of 24 values each")


@pytest.mark.parametrize(
    ("width", "layout", "scheme"),
    [(1280, "ntc", "dark"), (390, "nchw", "dark"), (390, "ntc", "light")],
)
def test_it_fits_in_both_themes_and_a_phone_keeps_the_reading_order(visit, scheme, layout, width):
    size = {"width": width, "height": 844}
    page = visit(f"?axes_layout={layout}", color_scheme=scheme, **size)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    colors = page.evaluate(
        """() => [getComputedStyle(document.querySelector('.stApp')).backgroundColor,
          getComputedStyle(document.querySelector('.js-plotly-plot .main-svg')).backgroundColor]"""
    )
    assert colors[0] == colors[1]
    for part in (".gtitle", ".annotation-text"):
        for box in page.locator(f".js-plotly-plot {part}").all():
            shown = box.bounding_box()
            assert shown["x"] >= 0
            assert shown["x"] + shown["width"] <= width
    for formula in page.locator("[data-testid=stMain] .katex-html").all():
        assert formula.bounding_box()["x"] + formula.bounding_box()["width"] <= width
    if width == 390:
        check_reading_order(page)


def check_reading_order(page):
    """Check that a phone shows everything, in the order in which it is read."""
    tops = []
    for part in (
        ".st-key-controls_axes",
        ".st-key-takeaway",
        ".st-key-axes_cells",
        ".katex >> nth=0",
        "[data-testid=stCode] >> nth=0",
        "table >> nth=0",
    ):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        tops.append(box["y"])
    assert tops == sorted(tops)


@pytest.mark.parametrize("width", [1024, 1280])
def test_formulas_and_blocks_end_inside_the_window(width, visit):
    page = visit(width=width)
    ends = page.evaluate(
        """() => [...document.querySelectorAll('.st-key-pair :is(.katex-html .base, .gtitle)')]
          .map((part) => part.getBoundingClientRect().right)"""
    )
    assert len(ends) >= 3  # a formula and two titles
    assert max(ends) <= width
