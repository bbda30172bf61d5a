"""The menu, the path with its marks, and the size of all pages, in a real browser."""

import pytest
from playwright.sync_api import expect

from bnviz.ui.registry import pages, path
from tests.e2e.waiting import finished
from tests.lessons import LESSONS, lab

APP = "app.py"
MOST_WORDS = 300

# The words that are in sight outside the charts and formulas; a number is a word.
WORDS = r"""() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const apart = '.bnstage, .katex, script, style, [data-testid=stIconMaterial]';
  let n = 0;
  for (let text; (text = texts.nextNode()); ) {
    const at = text.parentElement;
    if (!at.checkVisibility() || at.closest(apart)) continue;
    n += (text.textContent.match(/[\p{L}\p{N}]\S*/gu) ?? []).length;
  }
  return n;
}"""


def longest(question):
    """Return the letter of the answer with the most words."""
    told = {k: question.answer(k) for k in question.letters}
    return max(told, key=lambda k: len(f"{told[k].text} {told[k].feedback}".split()))


def check_widths(page):
    """Check that nothing of a page is wider than a phone; leave it as wide as a desk."""
    expect(page.locator(".st-key-path a").last).to_be_attached()
    for width in (390, 360):
        page.set_viewport_size({"width": width, "height": 740})
        if page.locator(".bnstage").count():
            finished(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("(part) => part.scrollWidth - part.clientWidth") <= 0
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("slug", LESSONS)
def test_a_lab_has_at_most_300_words_in_sight_and_fits_a_phone(serve, open_page, slug):
    page = open_page(f"{serve(APP)}/{slug}")
    expect(page.locator(".st-key-question h4")).to_be_visible()
    assert 30 < page.evaluate(WORDS) <= MOST_WORDS
    check_widths(page)
    page.goto(f"{serve(APP)}/{slug}?{slug}_predicted={longest(lab(slug).question)}")
    finished(page)
    expect(page.locator(f".st-key-code_{slug}")).to_be_visible()
    assert 100 < page.evaluate(WORDS) <= MOST_WORDS
    check_widths(page)


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
    page = open_page(f"{serve(APP)}/anatomy?anatomy_predicted=a")
    finished(page)
    assert page.evaluate(MARKED) == []
    transfer = page.locator("[class*=st-key-anatomy_transfer_] label")
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
