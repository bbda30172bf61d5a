"""The load benchmark: real sessions on a real server. Nothing here looks at how long anything took.

What a class measures is tested on two readers; options, percentiles and bounds without a server.
"""

import asyncio
import math
import sys
import threading
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import pytest
from streamlit.proto.Element_pb2 import Element
from websockets.asyncio.server import serve

from benchmarks import crowd, engine, load, options
from benchmarks.crowd import Class, Found, Visit, links, percentile
from benchmarks.heard import Stage, StageState, Wait, stage_message
from benchmarks.server import Server
from benchmarks.session import LostError, Session
from bnviz.labs.arm import Arm
from bnviz.ui.runs import Runs
from bnviz.ui.stage.message import PARTS, next_message

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


def test_the_message_of_a_stage_is_told_from_other_elements():
    for mixed in (False, True):
        assert stage_message(stage_element('{"serial": 3}', mixed=mixed)) == {"serial": 3}
    assert stage_message(Element()) is None
    assert stage_message(stage_element('{"rows": 3}')) is None
    assert stage_message(stage_element("[1, 2]")) is None


def shown(run, running, steps):
    return {"visit": "1", "run": run, "running": running, "steps": steps} | dict.fromkeys(PARTS)


def messages(*shows, lacks=-1):
    """Yield the messages with which the app tells a browser of these, one after the other."""
    sent = None
    for show in shows:
        sent = next_message(sent, show, lacks)
        yield sent.message


def test_a_stage_is_read_from_messages_that_say_what_has_changed():
    stage = Stage()
    shows = [shown("a", True, [0]), shown("a", True, [0, 10]), shown("a", False, [0, 10, 20])]
    shows += [shown("b", True, [0]), shown("b", False, [0, 1])]
    read = [stage.read(message) for message in messages(*shows)]
    assert read == [StageState(s["run"], s["running"], len(s["steps"])) for s in shows]
    assert stage.lacks is None


def test_a_stage_takes_no_message_twice_and_reports_what_is_missing():
    first, missing, third = messages(*(shown("a", True, [0] * n) for n in (1, 2, 3)))
    stage = Stage()
    assert stage.read(first) is not None
    assert stage.read(first) is None
    assert stage.read(third) is None
    assert stage.lacks == {"visit": "1", "value": third["serial"]}
    whole = next_message(None, shown("b", False, [0]), -1).message | {"serial": 10**15}
    assert stage.read(whole) == StageState("b", False, 1)
    assert stage.lacks is None
    assert missing["base"] == first["serial"]


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


async def say_nonsense(socket):
    await socket.send(b"\xff\xff")
    await socket.wait_closed()


def test_a_message_that_cannot_be_read_is_no_lost_session_but_a_fault_of_the_benchmark():
    with pytest.raises(Exception, match="parsing message"):
        asyncio.run(open_at(say_nonsense, patience_s=5))


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


def test_a_class_that_could_not_come_leaves_the_other_rows(monkeypatch, capsys):
    met = Found([waited(1, 2), waited(3, math.inf)], 331.4, 10.0, (1.0, 5.0))

    def measure(row, _):
        if row.name == "ten":
            raise LostError("too busy")
        return met, Server(0, 0, "")

    monkeypatch.setattr(load, "measure", measure)
    rows = [row for row in load.ROWS if row.name in ("ten", "overload")]
    load.table(rows, load.HERE, aims=True)
    _, _, _, overload, ten = capsys.readouterr().out.strip("\n").splitlines()
    assert "not measured: too busy" in ten
    cells = [cell.strip() for cell in overload.strip("|").split("|")]
    assert cells[1:] == [
        *("4", "0.1", "0.1 (aim <= 0.8)", "0.1", "2", "inf (aim <= 8) MISSED", "inf"),
        *("3 (aim <= 3)", "0", "0", "331 (aim <= 330) MISSED", "0.10", "0.50"),
    ]


def test_a_measurement_that_failed_ends_with_one_sentence(monkeypatch):
    def fail():
        raise LostError("the server closed the connection")

    monkeypatch.setitem(load.TABLES, "moves", fail)
    monkeypatch.setattr(sys, "argv", ["load", "--only", "moves"])
    with pytest.raises(SystemExit, match="the server closed the connection"):
        load.main()
