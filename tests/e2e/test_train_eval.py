"""Train and eval in Chromium: predict, look at the bugs, scrub."""

import re

SLUG = "train_eval"


def test_from_the_question_to_a_repaired_bug(serve, open_page, settled):
    page = open_page(f"{serve('app.py')}/{SLUG}")
    page.get_by_text("Those of 4 test images at a time, as in training").click()
    page.get_by_role("button", name="Show me what happens").click()
    settled(page, step=300)
    page.get_by_role("radio", name="Six bugs").click()
    page.get_by_text(re.compile("Forgot eval.*repaired")).first.wait_for()
    page.get_by_role("button", name="Presets").click()
    page.get_by_role("link", name=re.compile("^One class per batch")).click()
    page.get_by_text(re.compile("One class per batch: loss .*repaired")).first.wait_for()


def test_scrubbing_moves_the_running_statistics(serve, open_page, settled):
    page = open_page(
        f"{serve('app.py')}/{SLUG}?{SLUG}_predicted=c&{SLUG}_view=running&{SLUG}_step=20"
    )
    assert settled(page, step=20) == 20
    assert page.get_by_text("the start weighs 12%").is_visible()
    page.locator(".bnstage input[type=range]").first.press("Home")
    settled(page, step=0)
    assert page.get_by_text("nothing but the start").is_visible()
