"""Train and eval in Chromium: scrub."""

SLUG = "train_eval"


def test_scrubbing_moves_the_running_statistics(serve, open_page, settled):
    page = open_page(
        f"{serve('app.py')}/{SLUG}?{SLUG}_predicted=c&{SLUG}_view=running&{SLUG}_step=20"
    )
    assert settled(page, step=20) == 20
    assert page.get_by_text("the start weighs 12%").is_visible()
    page.locator(".bnstage input[type=range]").first.press("Home")
    settled(page, step=0)
    assert page.get_by_text("nothing but the start").is_visible()
