"""The page of the backward pass in a real browser: its own button, and a phone."""

import re

from playwright.sync_api import expect

from bnviz.labs.backward import LAB

APP = "app.py"


def test_a_phone_shows_all_views_whole_and_the_button_draws_anew(serve, open_page, settled):
    page = open_page(f"{serve(APP)}/backward?backward_predicted=b", width=390, height=844)
    settled(page)
    formula = page.locator("[data-testid=stMain] .katex-html").first
    for view in LAB.views:
        button = page.get_by_role("button", name=view.label, exact=True)
        button.or_(page.get_by_role("radio", name=view.label, exact=True)).click()
        if view is not LAB.first:
            expect(page).to_have_url(re.compile(f"backward_view={view.name}"))
        expect(page.locator(".bnstage-chart")).to_have_count(len(view.plots))
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(formula).to_be_visible()
        box = formula.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    for k in (1, 2):
        page.locator(".st-key-backward_repeat button").click()
        expect(page.get_by_text(f"random dy number {k}.")).to_contain_text("Pass.")
