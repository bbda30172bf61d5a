"""How long a reader of the playground waits, in a real browser.

    python -m benchmarks.playground [--moves N]

A server of its own, a headless Chromium, and key presses on a slider. The clock runs in the page,
from the key press to the frame in which all four charts show the run: its first snapshot, its
last one, and a run that was seen before. Aims are printed beside the medians. Chromium, server and
workers share the machine, so a busy one says little; the CPU seconds of the run alone, without
browser and server, are printed too. There nothing is computed ahead; what that is good for is
measured in a walk of its own, without a browser. It needs what the browser tests need.
"""

import argparse
import os
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
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.rounds import Ratio, cpu_times, print_table
from bnviz.labs.arm import BEGUN, MEMORY
from bnviz.labs.playground import PRESETS, Settings, plan, run
from bnviz.ui.prefetch import SWITCH, Prefetch, guesses, moved_field
from bnviz.ui.runs import Runs
from bnviz.ui.worker import Worker

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SLIDER = ".st-key-playground_{} input[type=range]"
MOVES = ("lr", "momentum")
AIMS_S = {"first snapshot": 0.25, "finished run": 1.0, "seen before": 0.25}
ALONE = {
    "default": (Settings(), 0.55),
    "momentum moved": (Settings(momentum=0.3), 0.12),
    "epsilon moved": (Settings(eps=1e-4), 0.35),
    "batch size moved": (Settings(batch_size=64), None),
}
"""What is run in each round, one after the other, and the CPU seconds that are aimed at."""
N_ROUNDS = 5
MAIN = ("batch_size", "momentum", "eps")
WALK = (
    {"batch_size": 64}, {"batch_size": 128}, {"batch_size": 64}, {"batch_size": 32},
    {"momentum": 0.3}, {"momentum": 0.1}, {"momentum": 0.03},
    {"eps": 1e-4}, {"eps": 1e-3}, {"eps": 1e-4},
)  # fmt: skip
"""Ten moves of a reader: each of the three main sliders there and back."""
WALK_AIM, THINKING_S = 6, 4.0
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
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {SWITCH: "off"}, **quiet)
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
        page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
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


def alone() -> Iterator[list[Any]]:
    """Give the rows of the CPU seconds of a run in this process, after those before it."""

    def afresh() -> None:
        MEMORY.clear()
        BEGUN.clear()
        run(Settings())

    moves = {name: partial(run, settings) for name, (settings, _) in ALONE.items()}
    for name, seconds in cpu_times(moves | {"default": afresh}, N_ROUNDS).items():
        median = Ratio(statistics.median(seconds), ALONE[name][1])
        yield [name, median, f"{min(seconds):.3g}", f"{max(seconds):.3g}"]


def walk() -> list[Any]:
    """Give the row of a reader who moves a slider, looks, and moves on."""
    runs = Runs([Worker(), Worker()])
    ahead, settings, n_ready, n_seen = Prefetch(runs), Settings(), 0, 0
    visited, moved = set(), None
    for change in ({}, *WALK):
        before, settings = settings, replace(settings, **change)
        moved = moved_field(before, settings) or moved
        asked = runs.find(plan(settings))
        n_seen += settings in visited
        n_ready += asked.finished and settings not in visited
        visited.add(settings)
        ahead.note_use(asked)
        while not asked.over:
            asked.watch("reader")
            asked.wait_over(1.0)
        presets = [preset.settings for preset in PRESETS]
        ahead.want("reader", map(plan, guesses(settings, moved, MAIN, presets)))
        time.sleep(THINKING_S)
    ahead.close()
    share = ahead.share
    ready = Ratio(n_ready + n_seen, WALK_AIM, more_is_better=True)
    return [len(WALK), ready, n_seen, share.n_finished, share.n_used, f"{share.cpu_s:.2f}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--moves", type=int, default=8, help="key presses for each kind of wait; 0: no browser"
    )
    n_moves = parser.parse_args().moves
    if n_moves:
        with served() as address, opened(address) as page:
            found = waits(page, n_moves)
        head = ["after a key press", "presses", "median s", "least", "most"]
        print_table("Waits of a reader, Chromium without a GPU", head, list(rows(found)))
    print_table(
        f"The run alone, both networks, {N_ROUNDS} rounds", ["settings", "CPU s", "least", "most"],
        list(alone()),
    )  # fmt: skip
    head = ["moves", "ready", "seen before", "arms ahead", "arms used", "CPU s ahead"]
    print_table(f"A walk, {THINKING_S:g} s between two moves", head, [walk()])


if __name__ == "__main__":
    main()
