"""The doctor in Chromium: a pasted error, its cause, a run, a report from a file."""

import re

from playwright.sync_api import expect

from bnviz.doctor.examples import EXAMPLES, report
from bnviz.doctor.faults import faults
from tests.e2e.test_lessons import MOST_WORDS, WORDS
from tests.e2e.waiting import check_widths, finished

ERROR = "ValueError: Expected more than 1 value per channel when training, got input size [1, 8]"


def test_from_a_pasted_error_to_its_repair_and_from_a_file_to_a_live_run(serve, open_page):
    page = open_page(f"{serve('app.py')}/doctor")
    finished(page)
    assert 100 < page.evaluate(WORDS) <= MOST_WORDS
    page.get_by_label("Search, or paste an error").fill(ERROR)
    page.keyboard.press("Enter")
    fault = faults()["batch-too-small"]
    expect(page.locator(".st-key-fault h4")).to_have_text(fault.sentence)
    page.get_by_role("button", name="Gradient accumulation").click()
    expect(page).to_have_url(re.compile("doctor_run=accumulation"))
    expect(page.locator(".st-key-takeaway")).to_contain_text("Gradient dx is off by")
    page.get_by_role("tab", name="Repair").click()
    expect(page.get_by_text(f"Price: {fault.price}")).to_be_visible()
    finished(page)
    assert page.evaluate(WORDS) <= MOST_WORDS
    page.get_by_text("A report", exact=True).click()
    one = EXAMPLES[-1]
    page.locator("input[type=file]").set_input_files(one.path)
    found = report(one.name)
    expect(page.locator(".st-key-source")).to_contain_text(one.path.name)
    expect(page.locator(".report article").first).to_contain_text(found.findings[0].sentence)
    expect(page.locator(".bnstage[data-ready=true] [data-chart]")).to_have_count(4)
    assert 60 < page.evaluate(WORDS) <= MOST_WORDS
    check_widths(page)
    page.get_by_role("link", name="See it happen, and be repaired").click()
    expect(page.locator(".st-key-fault h4")).to_have_text(faults()[one.code].sentence)
    finished(page)
    check_widths(page)
