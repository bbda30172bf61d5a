"""The page "How do we know?" in a real browser, with a real PyTorch in its own process."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.waiting import ELSEWHERE

APP = "app.py"
PATIENT = {"timeout": 30_000}


@pytest.fixture
def visit(serve, open_page, pytorch):  # noqa: ARG001
    """Open the page with a query and wait for PyTorch's live answer."""

    def show(query="", *, server=None, **options):
        page = open_page(f"{server or serve(APP)}/proof{query}", **options)
        live(page)
        return page

    return show


def live(page):
    """Wait until the comparison on the page is a live one."""
    expect(page.get_by_text("Live: input")).to_be_visible(**PATIENT)
    page.wait_for_selector(".comparison .number b, .comparison .dot")


def libraries(pid):
    """Give the names of the files that a process has loaded."""
    return Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize(
    ("width", "height", "scheme", "dot"),
    [(1280, 800, "light", "rgb(37, 40, 44)"), (390, 844, "dark", "rgb(232, 234, 237)")],
)
def test_a_deep_link_compares_live_in_both_themes(visit, width, height, scheme, dot):
    query = "?proof_layer=gn&proof_groups=4&proof_dtype=float32"
    page = visit(query, width=width, height=height, color_scheme=scheme)
    expect(page.locator(".st-key-takeaway")).to_contain_text("Yes. GroupNorm in float32", **PATIENT)
    passed = page.locator(".comparison tr[data-passed=true]")
    expect(passed).to_have_count(4, **PATIENT)
    edges = passed.evaluate_all(
        "rows => rows.flatMap((row) => [...row.children].map((cell) => {"
        "  const box = cell.getBoundingClientRect(); return [box.left, box.right]; }))"
    )
    assert min(left for left, _ in edges) >= 0
    assert max(right for _, right in edges) <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_text("How do we know?").first).to_be_visible(**PATIENT)
    expect(page.locator(".comparison .dot").first).to_have_css("background-color", dot)


def test_a_link_on_a_fresh_server_which_has_no_torch_though_its_worker_has(serve, visit):
    server = serve.fresh(APP)
    visit("?proof_layer=gn&proof_groups=4", server=server)
    pid = serve.running[server].pid
    assert "libtorch" not in libraries(pid)
    children = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert sum("libtorch" in libraries(child) for child in children) == 1


def test_the_first_screen_holds_the_comparison_and_the_button_checks_by_differences(visit):
    page = visit(width=1280, height=800)
    for part in (
        ".st-key-controls_proof",
        ".st-key-takeaway",
        ".comparison",
        ".st-key-proof_repeat",
    ):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 800, part
    for k in (1, 2):
        page.get_by_role("button", name="Check the gradients by finite differences").click()
        expect(page.get_by_text(re.compile(rf"Pass\..*cotangent {k}\."))).to_be_visible(**PATIENT)


def test_a_switch_of_convention_marks_its_rows_and_the_link_brings_it_back(serve, visit):
    page = visit()
    expect(page.locator(".comparison .convention")).to_have_count(0, **PATIENT)
    page.locator(".st-key-proof_convention").get_by_text("Keras").click()
    expect(page.locator(".comparison .convention")).to_have_count(2, **PATIENT)
    expect(page).to_have_url(re.compile("proof_convention=keras"), **PATIENT)
    numbers = page.locator(".comparison").inner_text()
    other = visit(page.url[page.url.index("?") :], server=serve(*ELSEWHERE))
    assert other.locator(".comparison").inner_text() == numbers


def test_a_moved_slider_asks_anew(visit):
    page = visit()
    slider = page.locator(".st-key-proof_batch_size input[type=range]")
    slider.focus()
    slider.press("ArrowRight")
    expect(page.get_by_text("Live: input 16 × 4 × 4 × 4")).to_be_visible(**PATIENT)
    expect(page.locator(".comparison tr[data-passed=true]")).to_have_count(6, **PATIENT)


def test_an_impossible_link_opens_with_the_nearest_and_says_so(visit):
    page = visit("?proof_layer=in&proof_space=1&proof_batch_size=999")
    expect(page.get_by_text("Side = 2 is used")).to_be_visible(**PATIENT)
    expect(page.locator(".st-key-notes")).to_contain_text("32 is used", **PATIENT)
    expect(page.get_by_text("Live: input 32 × 4 × 2 × 2")).to_be_visible(**PATIENT)
