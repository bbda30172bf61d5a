"""The menu, the path with its marks, and pages on a phone, in a real browser."""

import pytest
from playwright.sync_api import expect

from bnviz.ui.registry import pages, path
from tests.e2e.waiting import check_widths, finished
from tests.lessons import LESSONS

APP = "app.py"


@pytest.mark.parametrize("slug", [one.slug for one in pages() if one.slug not in LESSONS])
def test_no_other_page_is_wider_than_a_phone(serve, open_page, slug):
    page = open_page(f"{serve(APP)}/{'' if slug == 'playground' else slug}")
    if slug == "playground":
        finished(page)
    check_widths(page)


def test_the_menu_shows_all_pages_at_once_and_the_keyboard_is_enough(serve, open_page):
    page = open_page(f"{serve(APP)}/quiz", width=1280, height=800)
    page.locator(".st-key-menu button").focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("navigation", name="All pages")
    expect(sheet.get_by_role("link")).to_have_count(len(pages()))
    for link in sheet.get_by_role("link").all():
        box = link.bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 800
        assert box["height"] < 40, "one line"
    assert sheet.bounding_box()["width"] > 1100
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.st-key-sheet') !== null"):
            break
    else:
        pytest.fail("Tab does not go into the menu")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('.st-key-menu') !== null")


MARKED = """() => [...document.querySelectorAll('.st-key-path a')].filter((link) =>
  getComputedStyle(link.querySelector('p'), '::before').content.includes('✓'))
  .map((link) => link.innerText)"""


def test_a_page_is_marked_when_done_and_the_server_never_hears_of_it(serve, open_page):
    page = open_page(f"{serve(APP)}/anatomy?anatomy_predicted=a", fresh=True)
    finished(page)
    assert page.evaluate(MARKED) == []
    transfer = page.locator("[class*=st-key-anatomy_transfer_] [role=radiogroup] label")
    transfer.first.click()
    expect(page.get_by_role("link", name="Next: Signal through depth")).to_be_visible()
    page.wait_for_function(f"() => ({MARKED})().length === 1")
    page.evaluate('localStorage.setItem(\'bnviz.done\', \'["anatomy", "zebra", 7, "<b>"]\')')
    asked = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    open_page.sent.clear()
    page.goto(f"{serve(APP)}/quiz")
    expect(page.locator(".st-key-path a")).to_have_count(len(path()))
    page.wait_for_function(f"() => ({MARKED})().length === 1")
    page.reload()
    page.wait_for_function(f"() => ({MARKED})().length === 1")
    assert page.evaluate(MARKED) == ["Anatomy"]
    assert open_page.sent
    assert asked
    assert not [message for message in (*open_page.sent, *asked) if "zebra" in str(message)]
