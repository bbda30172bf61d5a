"""Fixtures of the browser tests: a Chromium, servers, and pages that must not complain.

``browser``
    The system's Chromium, once for all tests. Without one the tests skip with a reason, or fail
    where ``BNVIZ_REQUIRE_ALL`` is set.
``serve``
    ``serve("app.py")`` starts ``streamlit run`` from the project's root on a free port and returns
    the address, without a slash at the end. The same arguments give the same server, which runs to
    the end of the session; ``serve.fresh(...)`` starts one that no test has touched, and stops it
    with the test. More options of ``streamlit run`` follow the path:
    ``serve("app.py", "--server.baseUrlPath=lab")``.
``open_page``
    ``open_page(address, width=390, height=844, color_scheme="dark")`` opens a page that remembers
    nothing. It is one that an earlier test has left, which spares a third of the time;
    ``open_page(address, fresh=True)`` opens one of its own for a test that listens to it or changes
    what it loads. ``open_page.leave(page)`` gives it back before the end of the test.
    After the test it fails if one of the pages complained: a console error or warning, an uncaught
    error, an error that Streamlit shows. ``open_page.complaints`` is the list so far; a test that
    provokes an error clears it. ``open_page.sent`` is the list of all messages that its pages have
    sent to their servers; a test clears it before what it wants to count.
``settled``
    ``settled(page)`` waits until the stage of the page has drawn all of its present data, and
    returns the step that it shows; ``settled(page, step=120)`` waits until it shows that step.
``stage_address``
    The address of an app with nothing but a stage, ``stage_app.py``.

Nothing sleeps: wait for what the page says, as ``settled`` does.
"""

import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect, sync_playwright

ROOT = Path(__file__).parents[2]
STAGE_APP = Path(__file__).with_name("stage_app.py")
START_S = 60
PATIENCE_MS = 60_000
"""A page waits at most this long for what a test expects; a busy machine is slow, not wrong."""
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FORGET = """try {
  if (!sessionStorage.getItem('known')) {
    localStorage.clear();
    sessionStorage.clear();
    sessionStorage.setItem('known', 'yes');
  }
} catch { /* about:blank */ }"""
"""Once for each page: what a page keeps is there after a reload."""


@pytest.fixture(scope="session")
def browser(browser_path, tmp_path_factory):
    """Return the browser; ``open_page`` is what most tests want.

    It keeps its cache between the tests, compiled scripts included: that spares a fourth of the
    time in which a page opens. All else is forgotten at the beginning of each page.
    """
    folder = tmp_path_factory.mktemp("browser")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch_persistent_context(
            folder, executable_path=browser_path, args=CHROMIUM
        )
        chromium.set_default_timeout(PATIENCE_MS)
        chromium.add_init_script(FORGET)
        yield chromium
        chromium.close()


class Servers:
    """Starts Streamlit servers, and stops them."""

    def __init__(self, folder):
        self.folder = folder
        self.shared = {}
        self.running = {}

    def __call__(self, path, *options):
        call = (str(path), *options)
        if call not in self.shared:
            self.shared[call] = self.fresh(path, *options)
        return self.shared[call]

    def fresh(self, path, *options):
        return self.start([sys.executable, "-m", "streamlit", "run", str(ROOT / path)], *options)

    def start(self, command, *options, folder=ROOT, environment=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [*command, "--server.headless=true", "--server.fileWatcherType=none"]
        command += [f"--server.port={port}", *options]
        log = self.folder / f"{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output, stderr=output
            )
        base = [o.split("=")[1] for o in options if o.startswith("--server.baseUrlPath=")]
        address = "/".join([f"http://localhost:{port}", *base])
        self.running[address] = process
        self._wait(address, process, log)
        return address

    def _wait(self, address, process, log):
        deadline = monotonic() + START_S
        while monotonic() < deadline and process.poll() is None:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
                return
            except (urllib.error.URLError, OSError):
                sleep(0.05)
        self.stop(address)
        pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")

    def stop(self, address):
        process = self.running.pop(address)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Return the servers of the session; ``serve`` is what tests want."""
    servers = Servers(tmp_path_factory.mktemp("servers"))
    yield servers
    for address in list(servers.running):
        servers.stop(address)


@pytest.fixture
def serve(servers):
    """Start servers; see the top of this file."""
    yield servers
    for address in set(servers.running) - set(servers.shared.values()):
        servers.stop(address)


STATE = """() => ({
  address: location.href,
  visibility: document.visibilityState,
  plotly: Boolean(window.Plotly),
  stage: { ...document.querySelector('.bnstage')?.dataset },
  text: document.body.innerText.slice(0, 1500),
})"""
FRAME = "() => new Promise((yes) => requestAnimationFrame(() => yes(true)))"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """Add to the report of a failure what each page of the test shows."""
    outcome = yield
    report = outcome.get_result()
    pages = getattr(item, "funcargs", {}).get("open_page")
    if report.when == "call" and report.failed and pages:
        pages.failed = True
        report.sections += [("page", state) for state in pages.states()]


class Pages:
    """Opens pages and notes what they complain about.

    Parameters
    ----------
    browser : the browser
    spare : list
        Pages that nobody uses; this is changed.
    """

    def __init__(self, browser, spare):
        self.browser = browser
        self.spare = spare
        self.pages = []
        self.own = []
        self.failed = False
        self.complaints = []
        self.sent = []
        self.listeners = {
            "websocket": lambda socket: socket.on("framesent", self._note),
            "console": self._hear,
            "pageerror": lambda error: self.complaints.append(f"uncaught: {error}"),
        }

    def __call__(
        self,
        address,
        *,
        width=1280,
        height=800,
        color_scheme="light",
        motion=False,
        fresh=False,
    ):
        page = self.spare.pop() if self.spare and not fresh else self.browser.new_page()
        page.set_viewport_size({"width": width, "height": height})
        # With motion, a first visit of the playground plays by itself.
        how = "no-preference" if motion else "reduce"
        page.emulate_media(color_scheme=color_scheme, reduced_motion=how)
        self.pages.append(page)
        if fresh:
            self.own.append(page)
        for event, listener in self.listeners.items():
            page.on(event, listener)
        page.bring_to_front()  # a page in the background is not drawn
        page.goto(address)
        return page

    def leave(self, page):
        """Give a page back; nothing of what it did is left."""
        shown = page.locator("[data-testid=stException]").all_inner_texts()
        self.complaints += [f"shown: {text}" for text in shown]
        self.pages.remove(page)
        if self.failed or page in self.own:
            page.close()
            return
        for event, listener in self.listeners.items():
            page.remove_listener(event, listener)
        try:
            page.mouse.move(0, 0)
            page.goto(urljoin(page.url, "/_stcore/health"), timeout=5000)  # a page without a script
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        except PlaywrightError:  # its server is gone
            page.close()
        else:
            self.spare.append(page)

    def states(self):
        """Return what each open page shows, and whether it draws."""
        for page in self.pages:
            if not page.is_closed():
                lines = [f"{name}: {value}" for name, value in page.evaluate(STATE).items()]
                try:
                    page.wait_for_function(FRAME, timeout=3000)
                    lines.append("it draws frames")
                except PlaywrightTimeout:
                    lines.append("IT DRAWS NO FRAMES")
                yield "\n".join(lines)

    def _note(self, message):
        self.sent.append(message)

    def _hear(self, message):
        if message.type not in ("error", "warning"):
            return
        # On a sub-page Streamlit looks for its own server below that page first, and gets a 404.
        own_search = "/_stcore/" in message.location["url"] and "404" in message.text
        if not own_search:
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def close(self):
        for page in list(self.pages):
            if not page.is_closed():
                self.leave(page)
        self.browser.clear_cookies()


@pytest.fixture(scope="session")
def spare():
    """Return the list of the pages that nobody uses."""
    return []


@pytest.fixture
def open_page(browser, spare):
    """Open pages that must not complain; see the top of this file."""
    pages = Pages(browser, spare)
    yield pages
    pages.close()
    assert pages.complaints == []


@pytest.fixture
def settled():
    """Wait for the stage; see the top of this file."""

    def wait(page, step=None):
        shown = "" if step is None else f'[data-step="{step}"]'
        page.wait_for_selector(f'.bnstage[data-ready="true"]{shown}')
        return int(page.get_attribute(".bnstage", "data-step"))

    return wait


@pytest.fixture(scope="session")
def stage_folder(tmp_path_factory):
    """Return a folder with the app and a sub-page, outside the project: the app writes static/."""
    folder = tmp_path_factory.mktemp("stage")
    (folder / "pages").mkdir()
    shutil.copy(STAGE_APP, folder / "app.py")
    shutil.copy(STAGE_APP, folder / "pages" / "second.py")
    return folder


@pytest.fixture
def stage_address(serve, stage_folder):
    return serve(stage_folder / "app.py")
