"""The load benchmark on a real server, and what it reads of processes."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import crowd, share
from benchmarks.crowd import Class
from benchmarks.server import cpu_s, pss_kib, serving, tree
from benchmarks.session import Session

ROOT = Path(__file__).parents[1]


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


@pytest.fixture(scope="module", params=["thread", "one"])
def server(request):
    """A server of each kind but the usual one, which the quick run below starts."""
    with serving(request.param) as server:
        yield server
    assert not Path(f"/proc/{server.pid}").exists()


@pytest.mark.slow
def test_two_readers_meet_the_first_and_the_finished_run(server, request):
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
    assert (n_workers > 0) == ("thread" not in request.node.name)


@pytest.mark.slow
@pytest.mark.parametrize("server", ["one"], indirect=True)
def test_a_session_moves_a_slider_and_follows_a_link(server):
    async def visit():
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
            assert reader.sliders == ["batch_size"]  # the others are not drawn at first
            await reader.press("batch_size", -1)
            assert not reader.errors
        return runs

    first, moved, back, followed = asyncio.run(visit())
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
