"""Pages that the browser translates: each text node is in FONT elements, and the page goes on."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.waiting import finished

APP = "app.py"
# What Chrome's translator does: it puts FONT elements with other words in the place of each text
# node (here the same words, so that they can be compared). Other translators move the node itself.
TRANSLATE = """(moved) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    if (!text.data.trim() || text.parentNode.closest('script, style, svg, font')) continue;
    const [outer, inner] = [document.createElement('font'), document.createElement('font')];
    outer.append(inner);
    text.parentNode.replaceChild(outer, text);
    inner.append(moved ? text : text.data);
  }
  return document.querySelectorAll('font').length;
}"""
CHANGED = (
    ".st-key-prediction [data-testid=stMarkdown] p, .st-key-takeaway p, "
    "[data-testid=stMain] :is(h3, li)"
)


@pytest.mark.parametrize(
    ("slug", "view", "moved"),
    [
        ("noise", "sample", False),
        ("noise", "sample", True),
        ("signal", "stream", False),
        ("train_eval", "running", True),
    ],
)
def test_a_translated_page_goes_on(serve, open_page, slug, view, moved):
    """A view and a control change, and then all words are those of a page that was not touched."""
    page = open_page(f"{serve(APP)}/{slug}?{slug}_predicted=a&{slug}_unlocked=1")
    finished(page)
    assert page.evaluate(TRANSLATE, moved) > 100
    page.locator(f"[class*=st-key-{slug}_view_] button").nth(1).click()
    expect(page).to_have_url(re.compile(f"{slug}_view={view}"))
    finished(page)
    page.evaluate(TRANSLATE, moved)
    before = page.url
    page.locator(f".st-key-controls_{slug} input[type=range]").first.press("ArrowRight")
    expect(page).not_to_have_url(before)
    finished(page)
    twin = open_page(page.url)
    finished(twin)
    twin.get_by_role("button", name="Ask me again").wait_for()
    words = twin.locator(CHANGED).all_text_contents()
    open_page.leave(twin)
    page.bring_to_front()
    assert len(words) > 5
    expect(page.locator(CHANGED)).to_have_text(words)
