"""The table of the anatomy lab in a real browser: typed numbers, and typed nonsense."""

import re
from contextlib import suppress

from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

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
