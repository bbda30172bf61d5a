"""Every lab in a real browser: predict, reveal, share; the keyboard alone; a phone in the dark."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.waiting import ELSEWHERE, check_widths, finished
from tests.lessons import LESSONS, lab

APP = "app.py"
# Their first view shows how long this server took, which another one does not repeat.
TIMED = ("systems",)
EACH = pytest.mark.parametrize("slug", LESSONS)

# The numbers that every chart draws now, as text.
DRAWN = """() => Object.fromEntries([...document.querySelectorAll('.bnstage [data-chart]')].map(
  (chart) => [chart.dataset.chart, JSON.stringify(chart.querySelector('.js-plotly-plot').data
    .map(({ x, y, z }) => [x, y, z].map((v) => v && Array.from(v))))]))"""
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


@EACH
def test_predict_reveal_and_share_with_a_phone_in_the_dark(serve, open_page, slug):
    """Nothing is wider than a phone, and at most 300 words are in sight, before and after."""
    page = open_page(f"{serve(APP)}/{slug}")
    question = lab(slug).question
    expect(page.locator(".st-key-question h4")).to_be_visible()
    expect(page.locator(".bnstage")).to_have_count(0)
    assert 30 < page.evaluate(WORDS) <= MOST_WORDS
    check_widths(page)
    answer = longest(question)
    answers = page.locator(".st-key-question [role=radiogroup] label")
    answers.nth(question.letters.index(answer)).click()
    page.get_by_role("button", name="Show me what happens").click()
    finished(page)
    expect(page).to_have_url(re.compile(rf"{slug}_predicted={answer}"))
    expect(page.locator(f".st-key-code_{slug}")).to_be_visible()
    assert 100 < page.evaluate(WORDS) <= MOST_WORDS
    words = page.locator(".st-key-takeaway").inner_text()
    drawn = page.evaluate(DRAWN)
    check_widths(page)
    link = f"{serve(*ELSEWHERE)}/{slug}{page.url[page.url.index('?') :]}"
    open_page.leave(page)
    shared = open_page(link, width=390, height=844, color_scheme="dark")
    finished(shared)
    expect(shared.locator(".st-key-prediction")).to_contain_text("Your prediction")
    if slug not in TIMED:
        assert shared.evaluate(DRAWN) == drawn
        assert shared.locator(".st-key-takeaway").inner_text() == words
    check_phone(shared, slug)


def check_phone(page, slug):
    """Check that all parts fit a dark phone, in the order in which they are read."""
    assert page.locator(".bnstage").get_attribute("data-theme") == "dark"
    tops = []
    for part in (".st-key-prediction", f".st-key-controls_{slug}", ".st-key-takeaway", ".bnstage"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 391, part
        tops.append(box["y"])
    assert tops == sorted(tops)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_keyboard_is_enough_and_one_screen_holds_the_answer(serve, open_page):
    page = open_page(f"{serve(APP)}/anatomy", width=1280, height=800)
    page.locator(".st-key-question [role=radiogroup] input").first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Show me what happens")).to_be_enabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    finished(page)
    for part in (".st-key-prediction", ".st-key-takeaway", ".bnstage"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 800, part
    views = page.locator("[class*=st-key-anatomy_view_] button")
    views.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("[data-chart=shapes]")).to_be_visible()
    expect(page).to_have_url(re.compile("anatomy_view=shapes"))
