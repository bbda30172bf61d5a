"""The first visit of the playground plays the run once, and each chart says what to look at."""

import pytest
from playwright.sync_api import expect

from bnviz.labs.playground import CHARTS
from tests.e2e.waiting import finished

APP = "app.py"
GOING = ".bnstage[data-opening]"
STEPS = """() => {
  window.seen = [];
  const stage = document.querySelector('.bnstage');
  const note = () => window.seen.push(Number(stage.dataset.step));
  new MutationObserver(note).observe(stage, { attributeFilter: ['data-step'] });
}"""


@pytest.fixture
def first_visit(serve, open_page):
    """Open the playground for one who does not mind motion."""
    return lambda query="": open_page(f"{serve(APP)}/{query}", motion=True)


def at_the_end(page):
    finished(page)
    expect(page.locator(".bnstage")).to_have_attribute("data-step", "500")
    expect(page.locator(GOING)).to_have_count(0)
    for look in page.locator(".bnstage-look").all():
        expect(look).to_be_hidden()


def test_it_plays_once_from_the_start_and_says_what_to_look_at(first_visit):
    page = first_visit()
    page.locator(GOING).wait_for()
    page.evaluate(STEPS)
    for chart in CHARTS:
        words = page.locator(f"[data-chart={chart.id}] .bnstage-look")
        expect(words).to_be_visible()
        expect(words).to_have_text(chart.look)
        expect(page.locator(f"[data-chart={chart.id}] .bnstage-name")).to_have_text(chart.name)
    page.locator(".bnstage[data-playing=true]").wait_for()
    page.locator(".bnstage[data-playing=false]").wait_for()
    at_the_end(page)
    seen = page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert min(seen) < 100
    page.reload()
    finished(page)
    at_the_end(page)


@pytest.mark.parametrize("end", ["key", "click"])
def test_a_key_or_a_click_ends_it(end, first_visit):
    page = first_visit()
    page.locator(GOING).wait_for()
    if end == "key":
        page.keyboard.press("Shift")
    else:
        page.locator("[data-chart=learning] .bnstage-title").click()
    at_the_end(page)


def test_the_transport_takes_over_where_the_run_stands(first_visit):
    page = first_visit()
    page.locator(f"{GOING}[data-playing=true]").wait_for()
    page.locator("[data-do=play]").click()
    expect(page.locator(GOING)).to_have_count(0)
    expect(page.locator(".bnstage")).to_have_attribute("data-playing", "false")
    assert int(page.locator(".bnstage-track input").input_value()) < 30


def test_a_link_to_a_step_stays_at_that_step(first_visit):
    page = first_visit("?playground_step=100")
    finished(page)
    expect(page.locator(".bnstage")).to_have_attribute("data-step", "100")
    expect(page.locator(GOING)).to_have_count(0)


def test_who_wants_less_motion_sees_the_end(serve, open_page):
    page = open_page(f"{serve(APP)}/")
    finished(page)
    at_the_end(page)
