"""The depth lab in a real browser: from layer to layer, and a depth that is trained on the spot."""

import re

from playwright.sync_api import expect

APP = "app.py"


def test_the_transport_goes_from_layer_to_layer(serve, open_page, settled):
    page = open_page(f"{serve(APP)}/signal?signal_predicted=c&signal_depth=5")
    settled(page)
    expect(page.locator("[data-chart=pair]")).to_contain_text("Layer 5:")
    page.get_by_role("slider", name="Step").press("Home")
    expect(page.locator("[data-chart=pair]")).to_contain_text("Layer 1:")


def test_a_depth_is_trained_on_the_spot(serve, open_page):
    query = "signal_predicted=c&signal_view=trains&signal_activation=relu&signal_depth=3"
    page = open_page(f"{serve(APP)}/signal?{query}")
    page.wait_for_selector('.bnstage[data-ready="true"]')
    takeaway = page.locator(".st-key-takeaway")
    expect(takeaway).to_contain_text("of 5 depths")
    page.locator(".st-key-signal_train label").first.click()
    expect(page).to_have_url(re.compile("signal_train=true"))
    own = re.compile(r"Your 3 layers\D+0\.0\d+\D+0\.0\d+")
    expect(takeaway).to_contain_text(own, timeout=30_000)
