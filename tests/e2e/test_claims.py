"""The ledger in a real browser: a filter stands in the link, and a claim leads to its lab."""

import re

from playwright.sync_api import expect

APP = "app.py"


def test_a_claim_leads_to_the_lab_that_shows_it_and_back(serve, open_page):
    page = open_page(f"{serve(APP)}/claims?claims_verdict=wrong&claims_lab=family", width=390)
    cards = page.locator("[class*='st-key-claim_']")
    expect(cards.first).to_be_visible()
    n_cards = cards.count()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Search").fill("style")
    page.get_by_label("Search").press("Enter")
    expect(cards).to_have_count(1)
    assert n_cards > 1
    expect(page).to_have_url(re.compile("claims_search=style"))
    cards.first.get_by_text("See it").click()
    expect(page).to_have_url(re.compile(r"/family\?family_predicted=skipped&family_view=picture"))
    page.get_by_text(re.compile("sources$")).last.click()
    page.get_by_text("of the ledger").click()
    expect(page).to_have_url(re.compile("claims_lab=family"))
    expect(cards).not_to_have_count(1)
