"""What it costs the browser to show another snapshot of the playground's four charts.

    python -m benchmarks.stage [--rounds N]

A headless Chromium, the default run, and a walk through all snapshots and back: once moved by the
stage, as it does while a reader scrubs or plays, and once drawn by Plotly. Counted is the CPU time
of the page's main thread, with layout and painting, in turns. At 20 ms for a snapshot it can show
50 in a second. Printed too are the bytes of the messages of a run. It needs what the browser tests
need.
"""

import argparse
import json
import shutil
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import plotly
from playwright.sync_api import CDPSession, sync_playwright

from benchmarks.playground import BROWSERS
from benchmarks.rounds import Ratio, print_table
from bnviz.figures.chart import alt_text
from bnviz.labs.playground import CHARTS, Settings, Trace, run
from bnviz.labs.view import Timeline
from bnviz.ui.stage import SCRIPT, Chart, payload
from bnviz.ui.stage.message import Sent, next_message

AIM_MS = 20
N_MESSAGES = 10
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
CSS = Path(__file__).parents[1] / "bnviz" / "ui" / "stage" / "stage.css"
PAGE = """<style>{css}</style><body style="--st-background-color: #fff; --st-text-color: #25282C">
<div id="place" style="width: 1000px"><section class="bnstage"></section></div>"""
START = """async ([source, data]) => {
  const script = source + '\\nexport { stages };';
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const { default: say, stages } = await import(url);
  const parentElement = document.querySelector('#place');
  say({ parentElement, data, setStateValue: () => {} });
  window.stage = stages.get(parentElement);
}"""
READY = "() => document.querySelector('.bnstage').dataset.ready === 'true'"
WALK = """async (light) => {
  const frame = () => new Promise(requestAnimationFrame);
  const charts = [...stage.charts.values()];
  const usual = charts.map((chart) => chart.light);
  if (!light) charts.forEach((chart) => { chart.light = false; });
  const last = stage.last;
  for (let k = 1; k <= 2 * last; k++) {
    stage.show(Math.abs(last - k));
    do await frame(); while (charts.some((chart) => chart.behind));
  }
  charts.forEach((chart, k) => { chart.light = usual[k]; });
  return 2 * last;
}"""
WAYS = {"moved by the stage": True, "drawn by Plotly": False}


def charts(trace: Trace, settings: Settings, **picked: str) -> list[Chart]:
    """Give the four charts of the playground, with these picks."""
    drawn = []
    for chart in CHARTS:
        picks = [replace(p, value=picked.get(p.name, p.value)) for p in chart.picks(settings)]
        figure = chart.draw(trace, {pick.name: pick.value for pick in picks})
        drawn.append(Chart(chart.id, figure, alt_text(figure, chart.what), picks))
    return drawn


def first(trace: Trace, n: int) -> Trace:
    """Give what there was of a run after n snapshots."""
    steps = trace.steps[:n]
    networks = {name: network.first(steps) for name, network in trace.networks.items()}
    return replace(trace, steps=steps, networks=networks)


class Sender:
    """Counts the bytes of the messages of one reader."""

    def __init__(self) -> None:
        self.sent: Sent | None = None

    def send(
        self, trace: Trace, *, running: bool = False, step: int | None = None, **picked: str
    ) -> tuple[int, int]:
        """Give the bytes of the next message, and those of all that the stage then shows."""
        times = Timeline(trace.steps.tolist(), trace.n_steps)
        data = payload(charts(trace, Settings(), **picked), times, running=running, step=step)
        self.sent = next_message(self.sent, {**data, "visit": "", "plotly": ""}, -1)
        return len(json.dumps(self.sent.message)), len(json.dumps(data))


def messages(traces: list[Trace]) -> list[list[Any]]:
    """Give the rows of the table of messages."""
    rows, sender = [], Sender()
    for several in (traces[:: len(traces) - 1], traces):
        sender = Sender()
        sizes = [sender.send(trace, running=trace is not traces[-1]) for trace in several]
        kilobytes = [f"{sum(column) / 1e3:.1f}" for column in zip(*sizes, strict=True)]
        rows.append([f"a run in {len(several)} messages", *kilobytes])
    for what, more in (("a step", {}), ("another layer", {"layer": "3"})):
        one, whole = sender.send(traces[-1], step=100, **more)
        rows.append([what, f"{one / 1e3:.1f}", f"{whole / 1e3:.1f}"])
    return rows


def cpu_s(devtools: CDPSession) -> float:
    """Give the CPU seconds of the page's main thread so far."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


def walks(message: dict[str, Any], n_rounds: int) -> dict[str, list[float]]:
    """Give the CPU milliseconds of a snapshot, for each way and round."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_content(PAGE.format(css=CSS.read_text("utf-8")))
        page.add_script_tag(path=str(PLOTLY))
        page.evaluate(START, [SCRIPT, message])
        page.wait_for_function(READY)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        times: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(n_rounds):
            for way, light in WAYS.items():
                before = cpu_s(devtools)
                n_shown = page.evaluate(WALK, light)
                times[way].append(1000 * (cpu_s(devtools) - before) / n_shown)
                page.wait_for_function(READY)
        browser.close()
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="walks of each way")
    n_rounds = parser.parse_args().rounds
    whole = run(Settings())
    ends = np.linspace(2, len(whole.steps), N_MESSAGES).astype(int)
    traces = [first(whole, n) for n in ends]
    print_table("Messages: kB", ["what", "sent", "all that is shown"], messages(traces))
    sender = Sender()
    sender.send(traces[-1])
    assert sender.sent is not None
    times = walks({**sender.sent.message}, n_rounds)
    head = ["a snapshot of four charts", "median CPU ms", "least"]
    rows = [
        [way, Ratio(statistics.median(ms), AIM_MS if WAYS[way] else None), f"{min(ms):.3g}"]
        for way, ms in times.items()
    ]
    print_table("Scrubbing, Chromium without a GPU", head, rows)


if __name__ == "__main__":
    main()
