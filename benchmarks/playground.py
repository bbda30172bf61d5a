"""How long a reader of the playground waits, in a real browser.

    python -m benchmarks.playground [--moves N]

A server of its own, a headless Chromium, and key presses on a slider. The clock runs in the page,
from the key press to the frame in which all four charts show the run: its first snapshot, its
last one, and a run that was seen before. Aims are printed beside the medians. Chromium, server and
workers share the machine, so a busy one says little; the CPU seconds of the run alone, without
browser and server, are printed too. It needs what the browser tests need.
"""

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.rounds import Ratio, cpu_times, print_table
from bnviz.labs.playground import Settings, run

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SLIDER = ".st-key-playground_{} input[type=range]"
MOVES = ("lr", "momentum")
AIMS_S = {"first snapshot": 0.25, "finished run": 1.0, "seen before": 0.25}
CLOCK = """() => {
  const stage = document.querySelector('.bnstage');
  addEventListener('keydown', () => {
    const start = performance.now(), before = stage.dataset.run, times = {};
    window.times = null;
    const look = () => {
      const { run, ready, running } = stage.dataset;
      if (run !== before && ready === 'true') {
        times.first ??= performance.now() - start;
        if (running === 'false') {
          times.last = performance.now() - start;
          window.times = times;
          return;
        }
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}"""


@contextmanager
def served(script: str = "app.py") -> Iterator[str]:
    """Start the app, or another script, on a free port, and give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"]
    command += ["--server.headless=true", "--server.fileWatcherType=none"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, cwd=ROOT, **quiet)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health").close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def opened(address: str) -> Iterator[Page]:
    """Open the playground, wait for its first run, and start the clock."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.wait_for_selector('.bnstage[data-ready="true"][data-running="false"]', timeout=60_000)
        page.evaluate(CLOCK)
        yield page
        browser.close()


def press(page: Page, slider: str, key: str) -> dict[str, float]:
    """Press a key on a slider, and give the milliseconds to the first and to the last drawing."""
    page.locator(SLIDER.format(slider)).press(key)
    page.wait_for_function("() => window.times", timeout=60_000)
    times: dict[str, float] = page.evaluate("window.times")
    page.wait_for_timeout(300)  # what follows the drawing, such as the link, is over
    return times


def waits(page: Page, n_moves: int) -> dict[str, list[float]]:
    """Give the milliseconds of each kind of wait."""
    found: dict[str, list[float]] = {kind: [] for kind in AIMS_S}
    per_slider = -(-n_moves // len(MOVES))
    for slider in MOVES:
        for _ in range(per_slider):
            times = press(page, slider, "ArrowLeft")
            found["first snapshot"].append(times["first"])
            found["finished run"].append(times["last"])
        for _ in range(per_slider):
            found["seen before"].append(press(page, slider, "ArrowRight")["last"])
    return found


def rows(found: dict[str, list[float]]) -> Iterator[list[Any]]:
    """Give the rows of the table."""
    for kind, times in found.items():
        median = Ratio(statistics.median(times) / 1000, AIMS_S[kind])
        yield [kind, len(times), median, f"{min(times) / 1000:.3g}", f"{max(times) / 1000:.3g}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=8, help="key presses for each kind of wait")
    n_moves = parser.parse_args().moves
    with served() as address, opened(address) as page:
        found = waits(page, n_moves)
    head = ["after a key press", "presses", "median s", "least", "most"]
    print_table("Waits of a reader, Chromium without a GPU", head, list(rows(found)))
    alone = cpu_times({"run": lambda: run(Settings())}, 3)["run"]
    seconds = f"{statistics.median(alone):.2f}"
    print_table("The run alone", ["settings", "CPU s"], [["default, both networks", seconds]])


if __name__ == "__main__":
    main()
