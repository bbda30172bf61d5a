"""The batch of the anatomy lab in a real browser: typed as numbers or as nonsense, and dragged."""

import re
from contextlib import suppress

import numpy as np
import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from bnviz.labs.anatomy import Settings
from bnviz.labs.anatomy.layer import layer
from bnviz.labs.anatomy.numbers import number

APP = "app.py"


def write(page, row, text):
    """Write into a row of the table, as with the keyboard: Streamlit draws it on a canvas."""
    table = page.locator(".st-key-controls_anatomy [data-testid=stDataFrame]").first
    cell = page.locator("#portal :is(textarea, input)").first
    for _ in range(20):  # the table takes clicks only some time after it is there
        box = table.bounding_box()
        page.mouse.click(box["x"] + box["width"] - 40, box["y"] + 35 * row + 52)
        page.keyboard.press("Enter")
        with suppress(PlaywrightTimeout):
            cell.wait_for(timeout=500)
            break
    cell.fill(text)
    cell.press("Enter")


def test_typed_numbers_are_used_nonsense_is_named_and_all_outlives_another_page(serve, open_page):
    page = open_page(f"{serve(APP)}/anatomy?anatomy_predicted=b")
    page.wait_for_selector('.bnstage[data-ready="true"]')
    rail, takeaway = page.locator(".st-key-controls_anatomy"), page.locator(".st-key-takeaway")
    write(page, 1, "5")
    expect(page).to_have_url(re.compile("anatomy_values=3%2C5"))
    expect(takeaway).to_contain_text("μ = 4")
    write(page, 1, "5]**x** $a$<b>")
    expect(rail).to_contain_text("“5]**x** $a$<b>”")  # markup is shown as it was typed
    expect(takeaway).to_contain_text("μ = 4")
    write(page, 1, "9")
    expect(takeaway).to_contain_text("μ = 6")
    expect(rail).not_to_contain_text("**x**")
    write(page, 0, "4")  # the tools of the table are not in the way
    expect(page).to_have_url(re.compile("anatomy_values=4%2C9"))
    menu = page.locator(".st-key-menu button")
    menu.click()  # nor here
    page.locator("[data-testid=stPopoverBody] a[href^=axes]").click()
    expect(page).to_have_url(re.compile("/axes"))
    menu.click()
    page.locator("[data-testid=stPopoverBody] a[href^=anatomy]").click()
    expect(takeaway).to_contain_text("μ = 6.5")
    expect(page).to_have_url(re.compile("anatomy_values=4%2C9"))


# What the browser computed of the batch, and what Python did: x, and x̂ and y at the last step.
OF_JS = """() => Object.fromEntries(['values', 'xhat', 'y'].map((name) =>
  [name, document.querySelector('.bndrag').dataset[name].split(',').map(Number)]))"""
OF_PYTHON = """() => document.querySelector('[data-chart=after] .js-plotly-plot').data
  .map(({ y }) => Array.from(y))"""


def agree(page, values):
    """Wait until the link holds a batch; check that the browser and Python make the same of it."""
    expect(page).to_have_url(re.compile(f"anatomy_values={'%2C'.join(values.split(','))}(&|$)"))
    page.wait_for_function(
        "(text) => document.querySelector('.bndrag').dataset.values === text", arg=values
    )
    x = [float(value) for value in values.split(",")]
    expect(page.locator(".st-key-takeaway")).to_contain_text(f"μ = {number(sum(x) / len(x))}")
    page.wait_for_selector('.bnstage[data-ready="true"]')
    found = page.evaluate(OF_JS)
    x_hat, y = page.evaluate(OF_PYTHON)
    assert found["xhat"] == pytest.approx(x_hat, abs=1e-5)
    assert found["y"] == pytest.approx(y, abs=1e-5)
    own = layer(np.array(x), Settings(gamma=2.0, beta=0.5))
    assert found["xhat"] == pytest.approx(own.x_hat, rel=1e-12)
    assert found["y"] == pytest.approx(own.y, rel=1e-12)


def test_a_dot_that_is_dragged_or_moved_by_keys_gives_the_numbers_of_the_core(serve, open_page):
    link = "anatomy_predicted=b&anatomy_values=0,4,8&anatomy_gamma=2&anatomy_beta=0.5"
    page = open_page(f"{serve(APP)}/anatomy?{link}")
    page.wait_for_selector('.bnstage[data-ready="true"]')
    dots = page.locator(".bndrag-dot")
    expect(dots).to_have_count(3)
    box = dots.nth(1).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 5000, y, steps=3)
    moving = page.evaluate(OF_JS)
    assert moving["values"][1] == pytest.approx(9.6), "no further than its line"
    assert moving["xhat"] == pytest.approx(layer(np.array([0, 9.6, 8]), Settings()).x_hat)
    assert "anatomy_values=0%2C4%2C8" in page.url.replace(",", "%2C"), "the link waits"
    page.mouse.up()
    agree(page, "0,9.6,8")
    dots.nth(2).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    agree(page, "0,9.6,7.8")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "sample 3"
