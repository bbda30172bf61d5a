"""The lab on learning rate and initialization in a real browser: maps that fill in."""

import re

from playwright.sync_api import expect

APP = "app.py"
LONG_MS = 60_000
AGREE = """() => {
  const said = document.querySelector('.st-key-takeaway').innerText;
  const counts = said.match(/of 42\\D+(\\d+)\\D+(\\d+)/i);
  const frames = (id) => {
    const plot = document.querySelector(`[data-chart=${id}] .js-plotly-plot`);
    return plot.layout.shapes.length;
  };
  return counts && frames('none') === Number(counts[1]) && frames('bn') === Number(counts[2]);
}"""


def test_both_maps_fill_in_and_the_sentence_counts_their_frames(serve, open_page):
    page = open_page(f"{serve(APP)}/rates?rates_predicted=a")
    page.wait_for_selector('.bnstage[data-ready="true"]', timeout=LONG_MS)
    page.wait_for_function(AGREE, timeout=LONG_MS)
    slider = page.locator(".st-key-rates_depth [role=slider], .st-key-rates_depth input")
    slider.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("rates_depth=4"))
    page.wait_for_function(AGREE, timeout=LONG_MS)
    expect(page.locator(".st-key-stop_rates")).to_have_count(0, timeout=LONG_MS)
    page.wait_for_function(AGREE, timeout=LONG_MS)
