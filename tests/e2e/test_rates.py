"""The lab on learning rate and initialization in a real browser: maps that fill in."""

import re

from playwright.sync_api import expect

APP = "app.py"
COUNTS = """() => ['none', 'bn'].map((id) => {
  const plot = document.querySelector(`[data-chart=${id}] .js-plotly-plot`);
  return plot.layout.shapes.length;
})"""


def finished(page):
    """Wait until the run is over and all charts show it."""
    page.wait_for_selector('.bnstage[data-ready="true"]')
    expect(page.locator(".st-key-stop_rates")).to_have_count(0, timeout=60_000)
    page.wait_for_selector('.bnstage[data-ready="true"]')


def test_both_maps_fill_in_and_the_sentence_counts_their_frames(serve, open_page):
    page = open_page(f"{serve(APP)}/rates?rates_predicted=a")
    sentence = page.locator(".st-key-takeaway")
    finished(page)
    text = sentence.inner_text()
    said = re.search(r"Of 42 cells (\d+) train without norm and (\d+) with BN", text)
    assert said, text
    page.wait_for_function(f"() => String(({COUNTS})()) === '{said[1]},{said[2]}'")
    slider = page.locator(".st-key-rates_depth [role=slider], .st-key-rates_depth input")
    slider.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("rates_depth=4"))
    finished(page)
    expect(sentence).to_contain_text("Of 42 cells")
