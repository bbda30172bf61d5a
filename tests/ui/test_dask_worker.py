"""A cluster as the engine: same numbers, shared by replicas, and nothing lost with it.

The tests that start a scheduler and machines take minutes: `pytest -m long` runs them.
"""

import importlib.util
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bnviz.labs.arm import Arm, advance
from bnviz.labs.playground import WITH, Settings, plan, run
from bnviz.ui.dask_worker import SCHEDULER, Cluster, workers
from bnviz.ui.runs import Runs
from bnviz.ui.worker import Worker

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def settings(seed, n_steps=100):
    """Return what takes a while."""
    return Settings(seed=seed, depth=2, width=8, n_steps=n_steps)


def arms(seed):
    """Return the arms of a run."""
    return plan(settings(seed)).arms.values()


def followed(seed, *workers, n_steps=100):
    """Return a run of a server with these workers, which a reader watches."""
    watched = Runs([*workers]).find(plan(settings(seed, n_steps)))
    watched.watch("reader", patience_s=120)
    return watched


def until(condition, timeout_s=60.0):
    """Wait for something that another process does."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


class Machines:
    """A scheduler and two workers on this machine."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        port = self.address.rsplit(":", 1)[1]
        self.scheduler = self._start("scheduler", "--host=127.0.0.1", f"--port={port}")
        self.workers = [self._worker() for _ in range(2)]
        until(lambda: self._answers(int(port)))
        self.cluster = Cluster(self.address)
        self.cluster._client.wait_for_workers(2, timeout=60)

    def _answers(self, port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def _worker(self):
        options = ("--nthreads=1", "--no-nanny", "--host=127.0.0.1")
        return self._start("worker", self.address, *options)

    def _start(self, *command):
        command = [sys.executable, "-W", "ignore", "-m", "dask", *command, "--no-dashboard"]
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING": "False",
        }
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)

    def close(self):
        self.cluster.shutdown()
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def machines(require):
    """Return a cluster in which nothing dies."""
    require(importlib.util.find_spec("distributed"), "distributed is not installed")
    machines = Machines()
    yield machines
    machines.close()


@pytest.fixture
def mortal(require):
    """Return a cluster of which the test may kill what it likes."""
    require(importlib.util.find_spec("distributed"), "distributed is not installed")
    machines = Machines()
    yield machines
    machines.close()


@pytest.mark.long
def test_two_replicas_share_the_arms_of_a_cluster(machines):
    other = Cluster(machines.address)
    for seed in range(3):
        watched = followed(seed, Worker(machines.cluster))
        until(lambda watched=watched: watched.finished)
        np.testing.assert_array_equal(
            run(settings(seed)).networks[WITH].loss, watched.wait(0).networks[WITH].loss
        )
        for arm in arms(seed):  # and there is no time to compute
            assert other.submit(advance, arm, 0.0).result(60).finished
    some = [arm for seed in range(20) for arm in arms(seed)]
    homes = [machines.cluster._home(arm) for arm in some]
    assert len({home for (home,) in homes}) == 2
    assert homes == [other._home(arm) for arm in some]
    pids = {machines.cluster.submit(os.getpid).result(60) for _ in range(3)}
    assert pids <= {process.pid for process in machines.workers}
    other.shutdown()


@pytest.mark.long
def test_an_error_of_the_lab_comes_back_and_a_cancelled_piece_is_not_begun(machines, tmp_path):
    with pytest.raises(ValueError, match="no number"):
        machines.cluster.submit(advance, Arm(int, ("no number",)), 1.0).result(60)
    blocked = [machines.cluster.submit(time.sleep, 0.5) for _ in range(2)]
    later = machines.cluster.submit(Path.touch, tmp_path / "begun")
    assert later.cancel()
    assert [one.result(60) for one in blocked] == [None, None]
    machines.cluster.submit(int).result(60)
    assert not (tmp_path / "begun").exists()


@pytest.mark.long
def test_what_a_dead_machine_had_begun_is_done_by_another_one(mortal):
    watched = followed(7, Worker(mortal.cluster), n_steps=2000)
    watched.wait(60)
    (home,) = mortal.cluster._home(next(iter(watched.parts.values())).arm)
    assert not watched.finished
    os.kill(mortal.cluster._client.run(os.getpid)[home], signal.SIGKILL)
    until(lambda: watched.finished, 120)
    assert home not in mortal.cluster._client.scheduler_info(n_workers=-1)["workers"]


@pytest.mark.long
def test_without_the_scheduler_the_server_computes_by_itself_and_says_so_once(mortal, caplog):
    pool = [Worker(mortal.cluster) for _ in range(2)]
    watched = [followed(8 + k, *pool, n_steps=2000) for k in range(2)]
    for one in watched:
        one.wait(60)
    mortal.scheduler.kill()
    with caplog.at_level(logging.WARNING, "bnviz"):
        for one in watched:
            until(lambda one=one: one.finished, 120)
    said = [r.getMessage() for r in caplog.records if r.name == "bnviz.ui.dask_worker"]
    assert len(said) == 1
    assert "computes by itself" in said[0]
    pids = {worker.submit(os.getpid).result(60) for worker in pool}
    assert not pids & {process.pid for process in mortal.workers}


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "abc://"])
def test_a_server_that_finds_no_scheduler_starts_with_its_own_workers(
    address, monkeypatch, caplog, require
):
    require(importlib.util.find_spec("distributed"), "distributed is not installed")
    monkeypatch.setenv(SCHEDULER, address)
    monkeypatch.setattr("bnviz.ui.dask_worker.PATIENCE_S", 0.5)
    (worker,) = workers(1)
    assert type(worker).__name__ == "Worker"
    assert address in caplog.text
    assert worker.submit(int, "21").result(60) == 21


def test_a_server_that_is_told_of_no_scheduler_does_not_load_dask(monkeypatch):
    monkeypatch.delenv(SCHEDULER, raising=False)
    code = "import sys, bnviz.ui.compute; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
