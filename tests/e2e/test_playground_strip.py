"""The strip of the playground in a real browser: it follows the stage, is drawn on, opened."""

import re

import pytest
from playwright.sync_api import expect

from bnviz.labs.arm import finish
from bnviz.labs.playground import Settings
from bnviz.labs.playground.microscope import layer_arm
from bnviz.labs.playground.networks import snapshot_steps
from tests.e2e.waiting import finished

QUICK = "playground_depth=2&playground_width=16&playground_n_steps=100"
SETTINGS = Settings(depth=2, width=16, n_steps=100)
PICTURE = "() => [...document.querySelectorAll('.bnstrip canvas')].map((c) => c.toDataURL())"
SCOPE = ".bnstrip-scope"


@pytest.fixture
def visit(serve, open_page):
    """Open the playground with a short run and a drawn strip."""

    def show(query="", start=QUICK, **options):
        page = open_page(f"{serve('app.py')}/?{start}{query}", **options)
        finished(page)
        page.wait_for_selector(".bnstrip[data-step='100'], .bnstrip-fold:not([open])")
        return page

    return show


def numbers(text):
    """Return the numbers that follow an equals sign."""
    return [float(found.replace("−", "-")) for found in re.findall(r"= (−?[\d.]+)", text)]


def scope_says(page, t, layer, unit):
    """Check the numbers of the microscope against those of its arm."""
    seen = finish(layer_arm(SETTINGS, t, layer))
    expect(page.locator(SCOPE)).to_have_attribute("data-unit", f"{layer + 1}.{unit + 1}")
    expect(page.locator(SCOPE)).to_have_attribute("data-passing", "false")
    for mode, one in (("train mode", seen.train), ("eval mode", seen.evaluation)):
        said = numbers(page.locator(f"{SCOPE} [data-mode='{mode}']").inner_text())
        wanted = [one.mean[unit], one.var[unit], seen.gamma[unit], seen.beta[unit]]
        wanted += [one.x_hat[0, unit], seen.gamma[unit], one.y[0, unit]]  # y = γ x̂ + β = 0.9 · ...
        assert said == pytest.approx([float(number) for number in wanted], rel=2e-3, abs=1e-4)


def test_clicking_a_unit_opens_the_microscope_and_keys_move_it(visit):
    page = visit()
    cells, charts = page.locator("[data-norm=bn] .bnstrip-units"), page.locator(".bnstage-grid")
    before = charts.bounding_box()
    cells.click(position={"x": 3, "y": 3})
    scope_says(page, -1 + len(snapshot_steps(100)), 0, 0)
    expect(page).to_have_url(re.compile("playground_unit=1.1"))
    assert charts.bounding_box() == before, "nothing moves when it opens"
    cells.focus()
    page.keyboard.press("ArrowRight")
    scope_says(page, -1 + len(snapshot_steps(100)), 0, 1)
    page.keyboard.press("ArrowDown")
    scope_says(page, -1 + len(snapshot_steps(100)), 1, 1)
    page.locator("[data-do=back]").click()
    expect(page.locator(f"{SCOPE} strong")).to_contain_text("step 95")
    scope_says(page, -2 + len(snapshot_steps(100)), 1, 1)
    expect(page.locator("a", has_text="in Anatomy")).to_have_attribute(
        "href", re.compile("anatomy_values=")
    )
    page.locator("[data-do=play]").click()
    page.wait_for_selector(f"{SCOPE}[data-passing=true]:not([data-step='95'])")
    page.locator("[data-do=play]").click()
    page.wait_for_selector(f"{SCOPE}[data-passing=false]")
    cells.focus()
    page.keyboard.press("Escape")
    expect(page.locator(SCOPE)).to_be_hidden()
    expect(page).not_to_have_url(re.compile("playground_unit"))


def test_the_strip_follows_the_scrubber_without_asking_the_server(visit, open_page):
    page = visit()
    before = page.evaluate(PICTURE)
    open_page.sent.clear()
    track = page.locator(".bnstage-track input")
    track.evaluate("(input) => { input.value = 0; input.dispatchEvent(new Event('input')); }")
    page.wait_for_selector(".bnstrip[data-step='0']")
    assert page.evaluate(PICTURE) != before
    assert not open_page.sent
    track.evaluate("(input) => { input.value = 99; input.dispatchEvent(new Event('input')); }")
    page.wait_for_selector(".bnstrip[data-step='100']")
    assert page.evaluate(PICTURE) == before


def test_a_digit_is_drawn_with_mouse_and_keys_and_stands_in_the_link(visit):
    page = visit()
    page.locator("[data-do=draw]").click()
    box = page.locator(".bnstrip-digit").bounding_box()
    page.mouse.move(box["x"] + 36, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 36, box["y"] + 56, steps=12)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"playground_digit=[0-9a-f]{64}(&|$)"))
    drawn = re.search(r"digit=([0-9a-f]{64})", page.url).group(1)
    assert all("f" in drawn[8 * row : 8 * row + 8] for row in range(1, 7))
    assert not any(int(drawn[8 * row], 16) for row in range(8))
    page.locator(".bnstrip-digit").focus()
    page.keyboard.press("Space")
    expect(page).not_to_have_url(re.compile(drawn))
    both = re.search(r"digit=([0-9a-f]{64})", page.url).group(1)
    again = visit(f"&playground_digit={both}")
    out = "() => [...document.querySelectorAll('.bnstrip-out')].map((c) => c.title)"
    assert again.evaluate(out) == page.evaluate(out)
    assert again.locator("[aria-pressed=true][data-digit]").count() == 0


def test_a_wrong_digit_and_unit_of_a_link_are_the_nearest_and_named(visit):
    page = visit("&playground_digit=99&playground_unit=7.3")
    notes = page.locator(".st-key-notes")
    expect(notes).to_contain_text("11 is used")
    expect(notes).to_contain_text("2.3, is shown")
    expect(page.locator("[data-digit='11']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(SCOPE)).to_have_attribute("data-unit", "2.3")


def test_points_have_two_maps_and_one_that_diverged_is_empty(visit):
    rescued = "playground_dataset=spirals&playground_activation=relu&playground_lr=2"
    page = visit(start=f"{rescued}&playground_n_steps=100")
    maps = page.locator(".bnstrip-map")
    expect(maps).to_have_count(2)
    expect(page.locator("[data-norm=none] .bnstrip-word")).to_have_text("diverged at step 5")
    before = page.evaluate(PICTURE)
    page.get_by_role("button", name="train mode").click()
    expect(page).to_have_url(re.compile("playground_map=train"))
    page.wait_for_function(
        "(old) => document.querySelector('.bnstrip-map').toDataURL() !== old", arg=before[0]
    )
    assert page.evaluate(PICTURE)[1] == before[1]


def test_the_strip_is_low_and_folded_on_a_phone(visit):
    page = visit(width=1280, height=800)
    assert page.locator(".bnstrip").bounding_box()["height"] <= 152
    phone = visit(width=390, height=844)
    assert phone.locator(".bnstrip-body").is_hidden()
    phone.locator(".bnstrip-fold > summary").click()
    phone.wait_for_selector(".bnstrip[data-step='100']")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for part in (".bnstrip-units", ".bnstrip-out"):
        box = phone.locator(part).first.bounding_box()
        assert box["x"] + box["width"] <= 390
