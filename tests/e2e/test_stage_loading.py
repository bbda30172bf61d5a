"""How the stage comes to its library and its data in a real browser, also late or below a path."""

from bnviz.labs.view import Timeline
from bnviz.ui.stage import SCRIPT, Chart, payload
from bnviz.ui.stage.message import parts
from tests.e2e.waiting import LAST, heard


def test_the_place_is_kept_while_the_library_loads(open_page, stage_address, settled):
    page = open_page("about:blank", fresh=True)
    waiting = []
    page.route("**/plotly.min.js*", lambda route: waiting.append(route))
    page.goto(stage_address)
    page.get_by_text("below the stage").wait_for()
    page.locator("[data-chart=norms] .bnstage-title").get_by_text("Layer 1 of 6").last.wait_for()
    before = page.get_by_text("below the stage").bounding_box()
    chart = page.locator("[data-chart=norms]").bounding_box()
    waiting[0].continue_()
    settled(page)
    assert page.get_by_text("below the stage").bounding_box() == before
    assert page.locator("[data-chart=norms]").bounding_box() == chart


def test_a_missing_library_is_said(open_page, stage_address):
    page = open_page("about:blank", fresh=True)
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(stage_address)
    page.get_by_role("alert").get_by_text("could not be loaded").wait_for()
    open_page.complaints.clear()


def test_a_cold_link_below_a_base_path_finds_the_library(serve, open_page, stage_folder, settled):
    address = serve.fresh(stage_folder / "app.py", "--server.baseUrlPath=lab")
    assert settled(open_page(f"{address}/second?step=120")) == 120
    assert settled(open_page(address)) == LAST


def test_a_link_to_a_sub_page_finds_the_library_and_its_step(stage_address, open_page, settled):
    page = open_page(f"{stage_address}/second?step=123")
    assert settled(page) == 120
    heard(page, "step 123 kind g")


# Two messages whose calls come in the wrong order; the old one is then taken back.
OVERTAKEN = """async ([source, old, fresh]) => {
  window.Plotly = { react: async () => {}, relayout: async () => {}, purge: () => {} };
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: call } = await import(url);
  const parentElement = document.querySelector("#place");
  const say = (data) => call({ parentElement, data, setStateValue: () => {} });
  const order = { kept: [fresh, old], usual: [old, fresh] };
  const shown = {};
  for (const [name, [first, second]] of Object.entries(order)) {
    const undo = [say(first), say(second)];
    (name === "kept" ? undo[1] : undo[0])();
    const stage = document.querySelector(".bnstage");
    for (let k = 0; k < 300 && stage.dataset.ready !== "true"; k++) {
      await new Promise(requestAnimationFrame);
    }
    shown[name] = { ...stage.dataset };
    (name === "kept" ? undo[0] : undo[1])();
    shown[name].left = stage.childElementCount;
  }
  return shown;
}"""


def test_a_message_that_was_overtaken_changes_nothing_and_its_end_closes_nothing(browser):
    figure = {"data": [{"type": "scatter", "x": [0, 1], "y": [0, 1]}], "layout": {}}

    def message(serial, run, running):
        charts = [Chart("curve", figure, "a line")]
        data = payload(charts, Timeline([0, serial], 9), running=running, run=run)
        head = {"serial": serial, "base": None, "visit": "", "plotly": "none.js"}
        return {**data, **head, "whole": parts(data)}

    page = browser.new_page()
    page.set_content('<div id="place"><section class="bnstage"></section></div>')
    old, fresh = message(1, "old", True), message(2, "fresh", False)
    shown = page.evaluate(OVERTAKEN, [SCRIPT, old, fresh])
    page.close()
    for name in ("kept", "usual"):
        assert shown[name]["run"] == "fresh", name
        assert shown[name]["running"] == "false", name
        assert shown[name]["ready"] == "true", name
        assert shown[name]["left"] == 0, name
