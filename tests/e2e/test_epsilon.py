"""The lab on epsilon, precision and shift in a real browser: a slider and the dots that follow."""

import re

from playwright.sync_api import expect

from tests.e2e.waiting import finished

APP = "app.py"
DOTS = """() => {
  const plot = document.querySelector('[data-chart=contrast] .js-plotly-plot');
  const dots = (plot?.data ?? []).filter(({ mode }) => mode === 'markers');
  return dots.map(({ x, y }) => [Number(x[0]), Math.round(y[0])]);
}"""


def test_the_contrast_moves_the_sentence_and_the_dots(serve, open_page):
    page = open_page(f"{serve(APP)}/epsilon?epsilon_predicted=a")
    sentence = page.locator(".st-key-takeaway")
    finished(page)
    expect(sentence).to_contain_text("×0.3")
    faded = page.evaluate(DOTS)
    assert [x for x, _ in faded] == [0.3] * 4
    slider = page.locator(".st-key-epsilon_contrast [role=slider], .st-key-epsilon_contrast input")
    slider.first.focus()
    for shown in ("0.5", "0.7"):
        page.keyboard.press("ArrowRight")
        expect(sentence).to_contain_text(f"×{shown}")
    expect(page).to_have_url(re.compile("epsilon_contrast=0.7"))
    page.wait_for_function(f"() => ({DOTS})()[0]?.[0] === 0.7")
    finished(page)
    stronger = page.evaluate(DOTS)
    assert stronger[0][1] > faded[0][1] + 20
    assert stronger[1][1] > 93
    page.get_by_role("button", name="More controls").click()
    expect(page).to_have_url(re.compile("epsilon_unlocked=1"))
