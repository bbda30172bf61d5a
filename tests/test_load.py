"""The load benchmark: real sessions on a real server. Nothing here looks at how long anything took.

What a class measures is tested on two readers; options, percentiles and bounds without a server.
"""

import asyncio
import math
import os
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import pytest
from streamlit.proto.Element_pb2 import Element
from websockets.asyncio.server import serve

from benchmarks import crowd, engine, options, share
from benchmarks.crowd import Class, Found, Visit, links, percentile
from benchmarks.server import cpu_s, pss_kib, serving, tree
from benchmarks.session import LostError, Session, StageState, Wait, stage_state
from bnviz.labs.arm import Arm
from bnviz.ui.runs import Runs

ROOT = Path(__file__).parents[1]
NAMES = ["class", "moves"]


def read(line=""):
    return options.read("", NAMES, line.split())


def test_without_options_everything_is_measured():
    assert read() == options.Options("", False, None, "workers", None)


def test_options_describe_a_class():
    given = read("--sessions 3 --think 0.5 --seconds 7 --page noise --equal --one")
    assert given.own == Class(3, 0.5, 7, page="noise", equal=True)
    assert given.engine == "one"
    assert read("--baseline").engine == "thread"
    assert read("--share 0.5").share == 0.5
    assert read("--walk").own.walk
    assert read("--cold").own == Class(10, 5, 0, cold=True)  # only the opening is measured


@pytest.mark.parametrize(
    ("arguments", "wanted", "given"),
    [
        ("--sessions 0", "from 1 to 500", "'0'"),
        ("--sessions many", "whole number", "'many'"),
        ("--sessions 99999999999", "from 1 to 500", "'99999999999'"),
        ("--think -1", "from 0 to 600", "'-1'"),
        ("--seconds nan", "from 0 to 600", "'nan'"),
        ("--seconds 1e9", "from 0 to 600", "'1e9'"),
        ("--share 2", "from 0.05 to 0.95", "'2'"),
        ("--page nowhere", "noise", "'nowhere'"),
        ("--only nothing", "class", "'nothing'"),
        ("--only class --sessions 3", "classes of their own", "--sessions"),
        ("--only class --think 0", "classes of their own", "--think"),
        ("--quick --equal", "classes of their own", "--equal"),
        ("--quick --only class", "--only", "--quick"),
        ("--walk --page noise", "playground", "noise"),
        ("--baseline --one", "no workers", "--one"),
    ],
)
def test_bad_options_end_with_what_was_wanted_and_given(arguments, wanted, given, capsys):
    with pytest.raises(SystemExit, match="2"):
        read(arguments)
    sentence = capsys.readouterr().err.splitlines()[-1]
    assert wanted in sentence
    assert given in sentence


@pytest.mark.parametrize(
    ("percent", "value"), [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0), (1, 1.0)]
)
def test_a_percentile_is_a_wait_that_was_measured(percent, value):
    assert percentile([float(n) for n in reversed(range(1, 101))], percent) == value


def test_of_no_waits_there_is_no_percentile():
    assert str(percentile([], 95)) == "nan"


def waited(*seconds):
    return Visit(waits=[Wait(None, first_s=0.1, finished_s=each) for each in seconds])


def test_unfairness_is_the_slowest_session_over_the_median_one():
    visits = [waited(1, 1, 9), waited(2, 2, 2), waited(6, 6, 1), Visit(lost="too long")]
    assert Found(visits, 0, 0, (0, 0)).unfairness == 6 / 2


@pytest.mark.parametrize("page", options.PAGES)
def test_links_of_one_s_own_are_all_different(page):
    lesson = Class(30, 5, 20, page=page)
    sent = [tuple(way.items()) for n in range(30) for way in islice(links(lesson, n), 3)]
    assert len(set(sent)) == len(sent)
    assert tuple(crowd.link(page, 0).items()) not in sent  # what the page shows at first


def test_links_of_a_teacher_are_the_same_for_all():
    lesson = Class(30, 5, 20, equal=True)
    first, other = (list(islice(links(lesson, n), 9)) for n in (0, 29))
    assert first == other
    assert len({way["seed"] for way in first}) == 9


def stage_element(text, *, mixed=False):
    element = Element()
    component = element.bidi_component
    if mixed:
        component.mixed.json = text
    else:
        component.json = text
    return element


@pytest.mark.parametrize("mixed", [False, True])
def test_the_state_of_the_stage_is_read_from_its_message(mixed):
    text = '{"run": "4711", "running": true, "steps": [0, 10], "charts": []}'
    assert stage_state(stage_element(text, mixed=mixed)) == StageState("4711", True, 2)


def test_other_elements_have_no_state_of_a_stage():
    assert stage_state(Element()) is None
    assert stage_state(stage_element('{"rows": 3}')) is None
    assert stage_state(stage_element("[1, 2]")) is None


def test_a_wait_begins_with_another_run_and_ends_when_it_is_over():
    wait = Wait(before="old")
    for stage in (StageState("old", False, 9), StageState("new", True, 0)):
        wait.hear(stage)
        assert wait.first_s is None
    wait.hear(StageState("new", True, 1))
    first = wait.first_s
    assert first is not None
    assert wait.finished_s is None
    wait.hear(StageState("new", False, 9))
    assert wait.first_s == first
    assert wait.finished_s >= first


@asynccontextmanager
async def stranger(answer):
    """Serve a WebSocket that is not the app."""
    async with serve(answer, "127.0.0.1", 0, subprotocols=["streamlit"]) as server:
        yield server.sockets[0].getsockname()[1]


async def hang_up(socket):
    await socket.recv()


async def say_nothing(socket):
    await socket.wait_closed()


async def open_at(answer, **options):
    async with stranger(answer) as port, Session(port, "playground", **options) as reader:
        await reader.open()


def test_a_closed_connection_is_a_lost_session():
    with pytest.raises(LostError, match="closed"):
        asyncio.run(open_at(hang_up))


def test_a_wait_in_vain_is_a_lost_session():
    with pytest.raises(LostError, match="finished run"):
        asyncio.run(open_at(say_nothing, patience_s=0.2))


def test_a_session_asks_no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(LostError):  # it has reached the server, and not the proxy
        asyncio.run(open_at(hang_up))


def test_lost_sessions_are_counted_and_their_waits_have_no_end():
    class Stub:
        port = 0
        memory_mib = staticmethod(lambda: 1.0)
        cpu_s = staticmethod(lambda: (0.0, 0.0))

    async def come():
        async with stranger(hang_up) as port:
            Stub.port = port
            return await crowd.gather(Stub, Class(3, 1, 0))

    found = asyncio.run(come())
    assert len(found.lost) == 3
    assert found.waits == []
    assert percentile(crowd.finished(found.openings), 50) == math.inf
    Stub.port = 9  # nobody is there
    assert len(asyncio.run(crowd.gather(Stub, Class(2, 1, 0))).lost) == 2


def double(number):
    for _ in range(3):
        yield lambda: number
    return 2 * number


def test_the_baseline_computes_in_the_thread_that_asks():
    worker = engine.ScriptThread()
    assert worker.submit(threading.get_ident).result() == threading.get_ident()
    run = Runs([worker]).find(Arm(double, (21,)))
    run.watch("a reader")
    assert run.over
    assert run.found == 42


def test_the_baseline_hands_an_error_on():
    failed = engine.ScriptThread().submit(int, "many")
    assert isinstance(failed.exception(), ValueError)


def test_another_engine_is_refused():
    with pytest.raises(ValueError, match="'cloud'"):
        engine.choose("cloud")


@pytest.mark.parametrize(
    ("marker", "files"),
    [
        ("cgroup.controllers", {"cpu.max": "50000 100000"}),
        ("cpu/tasks", {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"}),
    ],
)
def test_half_a_core_in_a_control_group(marker, files, tmp_path, monkeypatch):
    (tmp_path / marker).parent.mkdir(exist_ok=True)
    (tmp_path / marker).touch()
    monkeypatch.setattr(share, "GROUPS", tmp_path)
    with share.share_of_a_core(4711, 0.5, lambda: [4711]) as limit:
        group = next(tmp_path.rglob("bnviz-*"))
        assert {name: (group / name).read_text() for name in files} == files
        assert (group / "cgroup.procs").read_text() == "4711"
        assert "50 ms of each 100 ms" in limit


@pytest.fixture
def idle_process():
    """A process that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


def state_of(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_half_a_core_without_control_groups(idle_process, tmp_path, monkeypatch):
    monkeypatch.setattr(share, "GROUPS", tmp_path / "none")
    with share.share_of_a_core(idle_process, 0.5, lambda: [idle_process]) as limit:
        while state_of(idle_process) != "T":
            pass
        while state_of(idle_process) == "T":
            pass
        assert len(os.sched_getaffinity(idle_process)) == 1
        assert "signals" in limit
    assert state_of(idle_process) != "T"


def test_a_tree_holds_children_and_their_memory(idle_process):
    assert tree(os.getpid())[0] == os.getpid()
    assert idle_process in tree(os.getpid())
    assert pss_kib(idle_process) > 0
    assert cpu_s(os.getpid()) > 0


def test_a_process_that_has_ended_takes_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert pss_kib(process.pid) == 0
    assert cpu_s(process.pid) == 0


@pytest.mark.slow
@pytest.mark.parametrize("which", ["workers", "thread", "one"])
def test_two_readers_meet_the_first_and_the_finished_run(which):
    with serving(which) as server:
        found = asyncio.run(crowd.gather(server, Class(2, 1, 1.5, patience_s=120)))
        assert found.errors == []
        assert found.lost == []
        assert len(found.openings) == 2
        assert len(found.waits) >= 2
        for wait in found.waits:
            assert 0 < wait.first_s <= wait.finished_s
        assert found.memory_mib > 50
        n_workers = sum(
            "loky" in Path(f"/proc/{pid}/cmdline").read_text() for pid in server.processes()
        )
        assert (n_workers > 0) == (which != "thread")
    assert not Path(f"/proc/{server.pid}").exists()


@pytest.mark.slow
def test_a_session_moves_a_slider_and_follows_a_link():
    async def visit(server):
        async with Session(server.port, "playground", 120) as reader:
            await reader.open({"n_steps": "100"})
            runs = [reader.stage.run]
            await reader.press("batch_size", -1)
            runs.append(reader.stage.run)
            await reader.press("batch_size", 1)
            runs.append(reader.stage.run)
            await reader.follow({"n_steps": "100", "seed": "7"})
            runs.append(reader.stage.run)
            with pytest.raises(ValueError, match="'nothing'"):
                await reader.press("nothing", 1)
        async with Session(server.port, "noise", 120) as reader:
            await reader.open(crowd.link("noise", 0))
            assert reader.sliders == ["batch_size"]  # the others are locked at first
            await reader.press("batch_size", -1)
            assert not reader.errors
        return runs

    with serving() as server:
        first, moved, back, followed = asyncio.run(visit(server))
    assert first == back
    assert len({first, moved, followed}) == 3


@pytest.mark.slow
def test_a_quick_run_prints_its_tables():
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    command = [sys.executable, "-m", "benchmarks.load", "--quick"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    tables = [part.strip().splitlines() for part in done.stdout.split("\n\n")[1:]]
    assert len(tables) == 2
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for _, _, _, *lines in tables
        for line in lines
    ]
    (_, moves, *waits, fairness, errors, lost, _, _, _), *costs = rows
    assert int(moves) >= 2
    assert all(float(wait) > 0 for wait in waits)
    assert (errors, lost) == ("0", "0")
    assert float(fairness.split()[0]) >= 1
    for _, _, reruns, *_ in costs:
        assert float(reruns.split()[0]) >= 1
