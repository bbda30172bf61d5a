"""A sketch in a real browser: drawn by mouse and by keys, kept in the link, laid over the run."""

import re

from playwright.sync_api import expect

from bnviz.labs.noise import LAB
from bnviz.labs.sketch import LEVELS
from tests.e2e.waiting import finished

APP = "app.py"
SKETCH = LAB.first.sketch


def test_a_sketch_by_mouse_and_keys_ends_in_the_link_and_over_the_run(serve, open_page):
    page = open_page(f"{serve(APP)}/noise")
    area = page.locator(".bnsketch-ink")
    expect(area.locator("circle")).to_have_count(len(SKETCH.x))
    expect(page.get_by_role("button", name="Show me what happens")).to_be_disabled()
    box = area.bounding_box()
    left, top, width, height = (box[name] for name in ("x", "y", "width", "height"))
    page.mouse.move(left + 2, top + 1)
    page.mouse.down()
    page.mouse.move(left + width - 2, top + height - 1, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"noise_sketch_law=[x-z]\w{8}[0-5]$"))
    by_mouse = page.locator(".bnsketch").get_attribute("data-text")
    assert list(by_mouse) == sorted(by_mouse, reverse=True), "a straight stroke downwards"
    area.focus()
    for key in ("Home", "ArrowRight", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
    by_keys = by_mouse[0] + LEVELS[LEVELS.index(by_mouse[1]) + 2] + by_mouse[2:]
    expect(page).to_have_url(re.compile(f"noise_sketch_law={by_keys}$"))
    assert SKETCH.at in area.get_attribute("aria-valuetext")
    page.get_by_role("button", name="Show me what happens").click()
    finished(page)
    expect(page.locator(".st-key-sketched")).to_contain_text("steep")
    drawn = page.evaluate(
        "[...document.querySelector('[data-chart=mean] .js-plotly-plot').data.at(-1).y]"
    )
    assert [round(y, 4) for y in drawn] == [round(float(y), 4) for y in SKETCH.heights(by_keys)]
