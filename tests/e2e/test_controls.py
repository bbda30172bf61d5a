"""The address bar and the controls in a real browser: who leads, and that both always agree."""

import re

import pytest
from playwright.sync_api import expect

APP = "tests/e2e/controls_app/app.py"


@pytest.fixture
def demo(serve, open_page):
    """Open the page with a query and wait until it stands."""

    def show(query="", **options):
        page = open_page(f"{serve(APP)}/{query}", **options)
        expect(page.get_by_text("Settings(")).to_be_visible()
        return page

    return show


def move(page, name, key, times=1):
    """Move a slider with the keyboard; it keeps the focus."""
    slider = page.locator(f".st-key-demo_{name} input[type=range]")
    slider.focus()
    for _ in range(times):
        slider.press(key)


def preset(page, title):
    """Follow a preset; the list closes."""
    page.get_by_role("button", name="Presets").click()
    link = page.get_by_role("link", name=title)
    link.click()
    expect(link).to_have_count(0)


def shows(page, query, *values, step=None):
    """Check that the address bar, the settings and the widgets agree."""
    expect(page).to_have_url(re.compile(rf"^http://localhost:\d+/{re.escape(query)}$"))
    for value in values:
        expect(page.get_by_text("Settings(")).to_contain_text(value)
        name, _, raw = value.partition("=")
        slider = page.locator(f".st-key-demo_{name} input[type=range]")
        if slider.count():
            expect(slider).to_have_attribute("aria-valuetext", raw)
    expect(page.get_by_text("step=")).to_have_text(f"step={step}")


def test_a_slider_keeps_the_focus_when_its_label_changes(demo):
    page = demo()
    label = page.locator(".st-key-demo_momentum [data-testid=stWidgetLabel]")
    expect(label).to_contain_text("Keras 0.9")
    move(page, "momentum", "ArrowRight")
    expect(label).to_contain_text("Keras 0.7")
    page.keyboard.press("ArrowRight")
    expect(label).to_contain_text("Keras 0")
    page.keyboard.press("ArrowRight")
    expect(label).to_contain_text("no Keras value")
    shows(page, "?demo_momentum=none")
    expect(page.get_by_text("Settings(")).to_contain_text("momentum=None")


def test_back_and_forward_undo_and_redo(demo):
    page = demo()
    shows(page, "", "batch_size=32")
    move(page, "batch_size", "ArrowRight")
    shows(page, "?demo_batch_size=64", "batch_size=64")
    page.get_by_role("radio", name="tanh").click()
    shows(page, "?demo_batch_size=64&demo_activation=tanh", "activation='tanh'")
    page.get_by_role("button", name="Scrub").click()
    shows(page, "?demo_batch_size=64&demo_activation=tanh&demo_step=120", step=120)
    page.go_back()
    shows(page, "?demo_batch_size=64&demo_activation=tanh", "activation='tanh'")
    page.go_back()
    shows(page, "?demo_batch_size=64", "batch_size=64", "activation='relu'")
    page.go_back()
    shows(page, "", "batch_size=32")
    page.go_forward()
    shows(page, "?demo_batch_size=64", "batch_size=64", "activation='relu'")
    move(page, "batch_size", "ArrowRight")
    shows(page, "?demo_batch_size=128", "batch_size=128")


def test_a_link_shows_the_same_in_a_fresh_browser(demo):
    page = demo()
    move(page, "batch_size", "ArrowLeft", times=4)
    page.get_by_text("More", exact=True).click()
    move(page, "noise", "ArrowRight")
    page.get_by_text("Skip connections").click()
    page.get_by_role("button", name="Scrub").click()
    query = "?demo_batch_size=2&demo_noise=0.15&demo_residual=true&demo_step=120"
    shows(page, query, "batch_size=2", "noise=0.15", "residual=True", step=120)
    shows(demo(query), query, "batch_size=2", "noise=0.15", "residual=True", step=120)


def test_a_preset_sets_all_controls_without_loading_the_page_anew(demo):
    page = demo("?demo_batch_size=2&demo_seed=5&demo_step=44")
    page.evaluate("window.loadedOnce = true")
    preset(page, "Deep sigmoid")
    deep = "?demo_depth=20&demo_activation=sigmoid&demo_dataset=spirals"
    values = ("batch_size=32", "depth=20", "activation='sigmoid'", "dataset='spirals'", "seed=0")
    shows(page, deep, *values)
    preset(page, "First values")
    shows(page, "", "batch_size=32", "depth=6", "activation='relu'", "dataset='digits'")
    preset(page, "Deep sigmoid")
    shows(page, deep, *values)
    move(page, "depth", "ArrowLeft")
    shows(page, deep.replace("20", "19"), "depth=19", "dataset='spirals'")
    page.go_back()
    shows(page, deep, *values)
    assert page.evaluate("window.loadedOnce")


def test_moves_that_overtake_their_own_answers_all_count(demo):
    """The browser sends them before it hears of the new address; their old one must not lead."""
    page = demo()
    move(page, "depth", "ArrowRight")
    page.evaluate(
        "['refresh', 'scrub', 'refresh'].forEach(name =>"
        " document.querySelector(`.st-key-demo_${name} button`).click())"
    )
    move(page, "batch_size", "ArrowRight", times=3)
    shows(page, "?demo_batch_size=256&demo_depth=7&demo_step=120", "depth=7", step=120)


def test_a_lab_is_found_as_it_was_left(demo):
    page = demo()
    move(page, "depth", "ArrowRight")
    shows(page, "?demo_depth=7", "depth=7")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Other").click()
    expect(page.get_by_text("The other page")).to_be_visible()
    page.get_by_role("link", name="As it was left").click()
    shows(page, "?demo_depth=7", "depth=7")
    page.go_back()
    page.get_by_role("link", name="As at the first visit").click()
    shows(page, "", "depth=6")


def test_what_code_sets_on_a_hidden_control_is_there_when_it_appears(demo):
    page = demo("?demo_width=128")
    move(page, "depth", "ArrowRight")
    shows(page, "?demo_depth=7&demo_width=128", "width=128")
    preset(page, "Deep sigmoid")
    page.get_by_text("More", exact=True).click()
    deep = "demo_depth=20&demo_activation=sigmoid&"
    shows(page, f"?{deep}demo_dataset=spirals", "width=64", "dataset='spirals'")
    expect(page.locator(".st-key-demo_dataset input")).to_have_value("Three spirals")
    move(page, "width", "ArrowLeft")
    shows(page, f"?{deep}demo_width=32&demo_dataset=spirals", "width=32")


def test_all_controls_fit_one_screen_and_leave_room_on_a_phone(demo):
    page = demo()
    controls = page.locator(".st-key-controls_demo").bounding_box()
    assert controls["y"] <= 56
    assert controls["height"] <= 640
    assert controls["width"] <= 260
    buttons = ("more_demo", "open_presets_demo", "demo_reset", "demo_new_seed")
    for box in [page.locator(f"[class*=st-key-{key}]").bounding_box() for key in buttons]:
        assert controls["x"] <= box["x"]
        assert box["x"] + box["width"] <= controls["x"] + controls["width"] + 1
    page = demo(width=390, height=844)
    controls = page.locator(".st-key-controls_demo").bounding_box()
    assert controls["y"] + controls["height"] <= 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_text("Settings(").bounding_box()["y"] > controls["y"]
