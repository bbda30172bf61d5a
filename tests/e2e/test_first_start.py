"""The first start elsewhere: a new virtual environment without PyTorch, on a modest host.

The environment is made by the README's own command. The server gets one core, and neither its copy
of the project nor its home folder can be written, as may be on a host. Every page is opened by a
client that speaks Streamlit's messages over a WebSocket; the first one in the browser as well.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from bnviz.ui.registry import MENU

ROOT = Path(__file__).parents[2]
PAGES = [entry.slug for entries in MENU.values() for entry in entries]
PATIENCE_S = 60
READ_ONLY = """
set -e
mount --make-rprivate /
for folder in "$PWD" "$HOME"; do
    mount --bind "$folder" "$folder"
    mount -o remount,bind,ro "$folder"
done
cd "$PWD"
! touch here "$HOME/there" 2>/dev/null
exec "$@"
"""
"""Make the current folder and the home folder read-only for a command, and for nobody else."""
ALONE = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]


def command_without_pytorch():
    """Return what the README's start command without PyTorch gives pip."""
    text = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(
        r"^<!-- ci: start command without PyTorch -->\n```bash\n(.*)\n", text, re.M
    )
    (arguments,) = re.findall(r"-m pip (install .*?) && ", block)
    return arguments.split()


@pytest.fixture(scope="module")
def python(tmp_path_factory, require):
    """Return the Python of a new virtual environment as the README makes it without PyTorch."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    pip = [sys.executable, "-m", "pip", "--python", folder, "-qq", "--no-input"]
    done = subprocess.run([*pip, *command_without_pytorch(), "--no-compile"], cwd=ROOT, check=False)
    require(done.returncode == 0, "pip cannot install the requirements here")
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of what the server needs of the project, as a clone has it."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("bnviz", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "static").mkdir()
    shutil.copy(ROOT / "app.py", folder)
    return folder


@pytest.fixture(scope="module")
def server(python, checkout, servers, tmp_path_factory, require):
    """Return the address and the process of a server on one core that can write neither folder."""
    environment = os.environ | {"HOME": str(tmp_path_factory.mktemp("home"))}
    modest = [*ALONE, "sh", "-c", READ_ONLY, "sh"]
    tried = subprocess.run([*modest, "true"], cwd=checkout, env=environment, check=False)
    require(tried.returncode == 0, "no folder can be made read-only for one process")
    core = str(min(os.sched_getaffinity(0)))
    command = [*modest, "taskset", "-c", core, str(python), "-m", "streamlit", "run", "app.py"]
    address = servers.start(command, folder=checkout, environment=environment)
    yield address, servers.running[address].pid
    servers.stop(address)


class Reader:
    """A client that opens pages as the browser does."""

    def __init__(self, socket):
        self.socket = socket

    def open(self, slug):
        """Open a page; return its elements when its script has ended."""
        elements = []
        ask = BackMsg()
        ask.rerun_script.page_name = slug
        self.socket.send(ask.SerializeToString())
        while (message := self._next()).WhichOneof("type") != "script_finished":
            if message.WhichOneof("type") == "delta" and message.delta.HasField("new_element"):
                elements.append(message.delta.new_element)
        assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        return elements

    def _next(self):
        message = ForwardMsg()
        message.ParseFromString(self.socket.recv(timeout=PATIENCE_S))
        return message


@pytest.fixture
def reader(server):
    """Return a reader who has opened nothing yet."""
    where = server[0].replace("http://", "ws://") + "/_stcore/stream"
    with connect(where, subprotocols=["streamlit"], max_size=None) as socket:
        yield Reader(socket)


def family(pid):
    """Return a process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def memory(pid):
    """Return the memory of a process in MiB: its own pages, and its share of the common ones."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss: +(\d+) kB", text, re.M)[1]) / 1024


def errors(elements):
    """Return the errors that a reader of these elements sees."""
    shown = [one.exception.message for one in elements if one.WhichOneof("type") == "exception"]
    alerts = [one.alert for one in elements if one.WhichOneof("type") == "alert"]
    return shown + [one.body for one in alerts if one.format == one.ERROR]


def test_every_page_opens_without_an_error(server, reader, capsys):
    assert len(PAGES) > 10
    assert {slug: errors(reader.open(slug)) for slug in PAGES} == {slug: [] for slug in PAGES}
    used = [memory(pid) for pid in family(server[1])]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(PAGES)} pages on one core: {sum(used):.0f} MiB, {len(used)} processes\n"
        )


def test_the_first_page_has_its_charts_and_the_file_that_draws_them(server, reader, python):
    elements = reader.open("")
    said = [json.loads(e.bidi_component.json) for e in elements if e.HasField("bidi_component")]
    (stage,) = [one for one in said if "whole" in one]
    assert len(stage["whole"]["charts"]) == 4
    (kept,) = python.parents[1].rglob("plotly.min.js")
    with urllib.request.urlopen(f"{server[0]}/{stage['plotly']}") as answer:
        assert answer.read() == kept.read_bytes()


def test_the_first_page_is_drawn_in_a_browser(server, open_page, settled):
    assert settled(open_page(server[0])) >= 0


def test_without_pytorch_the_proof_page_shows_what_was_recorded(reader, python):
    assert subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0
    words = " ".join(e.markdown.body for e in reader.open("proof") if e.HasField("markdown"))
    assert "PyTorch is not installed on this server. What you see was recorded on" in words
    assert "**Yes.** BatchNorm2d in float64" in words
