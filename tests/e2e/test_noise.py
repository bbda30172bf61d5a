"""The lab on batch size and noise in a real browser: the heat map, and a server at its start."""

import re

from playwright.sync_api import expect

APP = "app.py"
MOST = """() => Math.max(...Array.from(document.querySelector('[data-chart=heat] .js-plotly-plot')
  .data[0].z).flatMap((row) => Array.from(row)).filter(Number.isFinite))"""


def test_a_link_to_the_result_on_a_server_that_nobody_has_visited(serve, open_page):
    """The first run of a server waits for its workers: the page must keep its place meanwhile."""
    page = open_page(f"{serve.fresh(APP)}/noise?noise_predicted=a&noise_batch_size=8")
    page.wait_for_selector('.bnstage[data-ready="true"]', timeout=60_000)
    expect(page.locator(".st-key-takeaway")).to_contain_text("8 images")
    expect(page.locator("[data-testid=stMain] .katex").first).to_be_visible()


def test_the_heat_map_goes_dark_in_eval_mode(serve, open_page):
    page = open_page(f"{serve(APP)}/noise?noise_predicted=b&noise_view=influence")
    page.wait_for_selector('.bnstage[data-ready="true"]')
    assert page.evaluate(MOST) > 0.3
    page.locator(".st-key-noise_norm input").click()
    page.get_by_role("option", name="BN, eval mode").click()
    expect(page).to_have_url(re.compile("noise_norm=eval"))
    page.wait_for_function(f"({MOST})() === 0")
