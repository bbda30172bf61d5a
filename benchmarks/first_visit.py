"""What happens from an empty browser cache to the first chart, stage by stage.

    python -m benchmarks.first_visit [--visits N]

The app, and beside it a Streamlit page with one Plotly chart, in turns: on servers that have been
visited before, and on servers that have just been started. Each visit has a new browser profile.
Printed are medians in seconds after the address was called, and how much longer the app takes.
Chromium and the servers share the machine, so only the ratios say much on a busy one. It needs what
the browser tests need.
"""

import argparse
import shutil
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.playground import BROWSERS, served
from benchmarks.rounds import Ratio, print_table

PAGES = {"app": "app.py", "empty page": "benchmarks/empty_page.py"}
AIMS = {"warm": 1.35, "cold": 1.8}
LAST = "all charts drawn"
STAGES = (
    "page read",
    "Streamlit's frame",
    "session connected",
    "first element",
    "place of the charts",
    "Plotly read",
    "first chart drawn",
    LAST,
)
WATCH = """() => {
  const times = (window.times = {});
  const note = (name) => (times[name] ??= performance.now());
  const seen = {
    "Streamlit's frame": '[data-testid=stApp]',
    'first element': '[data-testid=stElementContainer]',
    'place of the charts': '.bnstage-grid, [data-testid=stPlotlyChart]',
    'first chart drawn': '.js-plotly-plot .trace',
    'all charts drawn': '.bnstage[data-ready=true], [data-testid=stPlotlyChart] .trace',
  };
  const look = () => {
    for (const name in seen) if (document.querySelector(seen[name])) note(name);
    if (!times['all charts drawn']) return requestAnimationFrame(look);
    const ends = (test) => performance.getEntriesByType('resource').filter(({ name }) => test(name))
      .map((entry) => entry.responseEnd);
    times['page read'] = performance.getEntriesByType('navigation')[0].responseEnd;
    times['Plotly read'] = Math.max(...ends((name) => /plotly[^/]*js/i.test(name)));
    window.over = true;
  };
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener('open', () => note('session connected'));
    }
  };
  requestAnimationFrame(look);
}"""


def visit(browser: Browser, address: str) -> dict[str, float]:
    """Open a page with an empty cache, and give the seconds to each stage."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.add_init_script(f"({WATCH})()")
    page = context.new_page()
    page.bring_to_front()  # a page in the background is not drawn
    page.goto(address)
    page.wait_for_function("() => window.over", timeout=120_000)
    times: dict[str, float] = page.evaluate("window.times")
    context.close()
    return {stage: times[stage] / 1000 for stage in STAGES}


def warm(browser: Browser, n_visits: int) -> list[dict[str, dict[str, float]]]:
    """Give the times of visits in turns, to servers that were visited before."""
    with ExitStack() as stack:
        addresses = {name: stack.enter_context(served(path)) for name, path in PAGES.items()}
        for address in addresses.values():
            visit(browser, address)
        return [
            {name: visit(browser, address) for name, address in addresses.items()}
            for _ in range(n_visits)
        ]


def cold(browser: Browser, n_visits: int) -> list[dict[str, dict[str, float]]]:
    """Give the times of visits in turns, each the first one to a server of its own."""
    rounds = []
    for _ in range(n_visits):
        times = {}
        for name, path in PAGES.items():
            with served(path) as address:
                times[name] = visit(browser, address)
        rounds.append(times)
    return rounds


def rows(rounds: list[dict[str, dict[str, float]]], aim: float) -> Iterator[list[Any]]:
    """Give the rows of the table: medians of both pages, and the median of the ratios."""
    for stage in STAGES:
        medians = [f"{statistics.median(r[name][stage] for r in rounds):.2f}" for name in PAGES]
        ratio = statistics.median(r["app"][stage] / r["empty page"][stage] for r in rounds)
        yield [stage, *medians, Ratio(ratio, aim if stage == LAST else None)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--visits", type=int, default=5, help="visits to each page in each table")
    n_visits = parser.parse_args().visits
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        for kind, visits in (("warm", warm), ("cold", cold)):
            found = list(rows(visits(browser, n_visits), AIMS[kind]))
            print_table(f"First visit, {kind} server: seconds", ["stage", *PAGES, "ratio"], found)
        browser.close()


if __name__ == "__main__":
    main()
