"""Runs in worker processes: streamed, shared, left alone, stopped, and not lost with a worker."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest

from bnviz.labs.arm import Arm, ask
from bnviz.labs.playground import WITH, WITHOUT, Settings, plan, run
from bnviz.ui import compute
from bnviz.ui.runs import LEAST_BYTES, Runs
from bnviz.ui.worker import Worker

SMALL = Settings(depth=2, width=8, n_steps=100)
LONG = Settings(depth=20, width=128, batch_size=128, n_steps=2000)


def followed(settings, *workers):
    """Return the run of the playground on a server of its own."""
    return Runs([*workers]).find(plan(settings))


def nothing_waits(watched):
    """Return whether no piece of a run is in a queue."""
    return all(part._pending is None for part in watched.parts.values())


def same(one, other):
    return all(
        one.networks[norm].loss.tobytes() == other.networks[norm].loss.tobytes()
        for norm in (WITH, WITHOUT)
    )


@pytest.fixture(scope="module")
def worker():
    """Return a worker process; the next test uses it again."""
    return Worker()


@pytest.fixture(scope="module")
def other():
    """Return another one."""
    return Worker()


@pytest.fixture(scope="module")
def mortal():
    """Return one for tests that kill it; it is then replaced."""
    return Worker()


def until(condition, timeout_s=60.0):
    """Wait for something that another process does."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_run_in_a_worker_ends_with_the_same_numbers(worker):
    watched = followed(SMALL, worker)
    watched.watch("reader", patience_s=60)
    until(lambda: watched.finished)
    here, there = run(SMALL), watched.wait(0)
    assert same(here, there)
    assert here.start_hash == there.start_hash


def test_a_run_is_seen_before_it_is_finished(worker):
    watched = followed(replace(LONG, seed=1), worker)
    watched.watch("reader", patience_s=60)
    first = watched.wait(60)
    assert not watched.finished
    assert first.steps[0] == 0
    watched.leave("reader")


def test_a_run_that_nobody_watches_stops_and_goes_on_when_asked(worker):
    watched = followed(replace(LONG, seed=2), worker)
    watched.watch("one", patience_s=60)
    watched.watch("other", patience_s=60)
    watched.wait(60)
    watched.leave("one")
    seen = watched.found
    until(lambda: watched.found is not seen)  # the other one still watches
    watched.leave("other")
    until(lambda: nothing_waits(watched))
    rested = watched.found
    time.sleep(0.3)
    assert watched.found is rested
    watched.watch("one", patience_s=60)
    until(lambda: watched.found is not rested)
    watched.leave("one")


def test_a_piece_that_nobody_waits_for_any_more_is_not_begun(worker):
    blocked = [worker.submit(time.sleep, 0.3) for _ in range(3)]  # the queue is full
    watched = followed(replace(SMALL, seed=3), worker)
    watched.watch("reader", patience_s=60)
    watched.leave("reader")
    for one in blocked:
        one.result(60)
    worker.submit(int).result(60)  # whatever stood before it in the queue is done
    assert watched.found is None
    watched.watch("reader", patience_s=60)
    assert watched.wait(60) is not None


def test_waiting_for_more_ends_with_more_or_with_the_run(worker):
    watched = followed(replace(SMALL, seed=4), worker)
    assert not watched.wait_more(0, 0.01)
    watched.watch("reader", patience_s=60)
    assert watched.wait_more(0, 60)
    until(lambda: watched.finished)
    assert watched.wait_more(watched.n_done, 0)


def test_readers_share_the_arms_that_are_the_same(worker):
    runs = Runs([worker])
    first, same, other = (
        runs.find(plan(s)) for s in (SMALL, replace(SMALL), replace(SMALL, eps=1e-3))
    )
    assert first.same_as(same)
    assert not first.same_as(other)
    assert first.parts[WITHOUT] is other.parts[WITHOUT]
    assert first.parts[WITH] is not other.parts[WITH]


def test_the_two_networks_are_trained_side_by_side(worker, other):
    watched = followed(replace(SMALL, seed=5), worker, other)
    watched.watch("reader", patience_s=60)
    until(lambda: watched.finished)
    assert {part.worker() for part in watched.parts.values()} == {worker, other}
    assert same(watched.found, run(replace(SMALL, seed=5)))


def counted(name, n_pieces=30):
    """Note in a file that a piece is done, and do it."""
    for k in range(n_pieces):
        with Path(name).open("a") as file:
            file.write(f"{k}\n")
        time.sleep(0.01)
        yield lambda k=k: k
    return n_pieces


def shared(name, momentum):
    """Ask for what others ask for too."""
    return (yield from ask(counted, name)), momentum


def sharing(name, momentum):
    return Arm(shared, (name, momentum), near=Arm(counted, (name,)))


def test_an_arm_that_two_readers_need_is_done_once_and_by_one_worker(worker, other, tmp_path):
    name, runs = str(tmp_path / "pieces"), Runs([worker, other])
    watched = [runs.find(sharing(name, momentum)) for momentum in (0.1, 0.3)]
    for k, one in enumerate(watched):
        one.watch(f"reader {k}", patience_s=60)
    until(lambda: all(one.finished for one in watched))
    assert [one.found for one in watched] == [(30, 0.1), (30, 0.3)]
    assert len((tmp_path / "pieces").read_text().split()) == 30


def test_a_worker_killed_during_a_shared_arm_is_replaced_and_both_readers_are_served(
    mortal, tmp_path
):
    name = str(tmp_path / "pieces")
    process = mortal.submit(os.getpid).result(60)
    runs = Runs([mortal])
    watched = [runs.find(sharing(name, momentum)) for momentum in (0.1, 0.3)]

    def served():
        for k, one in enumerate(watched):
            one.watch(f"reader {k}")
        return all(one.finished for one in watched)

    served()
    until(lambda: (tmp_path / "pieces").exists())
    os.kill(process, signal.SIGKILL)
    until(served)
    assert [one.found for one in watched] == [(30, 0.1), (30, 0.3)]
    n_pieces = len((tmp_path / "pieces").read_text().split())
    assert 30 < n_pieces < 60  # begun once more, by one of them


def test_the_server_keeps_results_within_a_bound_in_bytes(worker):
    runs = Runs([worker], most_bytes=100_000)
    arms = [Arm(np.zeros, (1000 + n,)) for n in range(30)]  # 8 kB each

    def done(arm):
        watched = runs.find(arm)
        watched.watch("reader")
        until(lambda: watched.finished)
        return runs.find(arm)

    first = done(arms[0])
    assert runs.find(arms[0]).same_as(first)
    for arm in arms[1:]:
        done(arm)
    kept = sum(part.found.nbytes for part in runs.arm_runs())
    assert 40_000 < kept < 100_000 - 5 * LEAST_BYTES
    assert not runs.find(arms[0]).same_as(first)
    large = done(Arm(np.zeros, (10**6,)))
    assert runs.find(large.plan).same_as(large)  # it would begin again for ever


def test_an_error_of_the_lab_reaches_the_page_and_is_not_kept(worker):
    runs = Runs([worker])
    broken = runs.find(Arm(int, ("no number",)))
    broken.watch("reader")
    with pytest.raises(ValueError, match="no number"):
        broken.wait(60)
    assert not runs.find(Arm(int, ("no number",))).same_as(broken)


def test_a_worker_that_dies_is_replaced_and_the_run_is_done_again(mortal):
    process = mortal.submit(os.getpid).result(60)
    watched = followed(replace(LONG, n_steps=100), mortal)
    watched.watch("reader")
    watched.wait(60)
    os.kill(process, signal.SIGKILL)
    until(lambda: any(part._restarted for part in watched.parts.values()))
    until(lambda: watched.finished or watched.watch("reader"), 120)
    assert mortal.submit(os.getpid).result(60) != process


def test_a_worker_does_not_load_the_page():
    loaded = "sorted(__import__('sys').modules)"
    modules = set(Worker().submit(eval, loaded).result(60))
    assert not {"streamlit", "torch", "plotly", "pandas"} & modules
    assert "bnviz.labs.playground" in modules


def test_twenty_runs_at_once_all_finish_and_none_goes_back(worker, other):
    runs = Runs([worker, other])
    watched = [runs.find(plan(replace(SMALL, seed=seed))) for seed in range(20)]
    reached = [0] * 20

    def all_over():
        for k, one in enumerate(watched):
            one.watch("reader")
            if one.found is not None:
                assert one.found.steps[-1] >= reached[k]
                reached[k] = one.found.steps[-1]
        return all(one.finished for one in watched)

    until(all_over, 120)


def test_a_run_that_ends_with_its_first_piece_is_drawn_once_and_asks_for_no_more(
    worker, monkeypatch
):
    timers, drawn = [], []
    monkeypatch.setattr(compute, "runs", lambda: one_server)
    monkeypatch.setattr(compute.st, "session_state", {})
    monkeypatch.setattr(
        compute.st, "fragment", lambda area, *, run_every, **_: timers.append(run_every) or area
    )
    one_server = Runs([worker])
    compute.live("anatomy", Arm(int, ("21",)), drawn.append)
    assert timers == []
    assert [following.run.finished for following in drawn] == [True]


def dozing(_):
    """Work for long, and leave the processor to others."""
    for _ in range(10_000):
        time.sleep(0.01)
        yield


def test_many_readers_are_told_and_a_run_is_then_drawn_again_only_at_its_end(worker, monkeypatch):
    areas, drawn, reruns = [], [], []
    monkeypatch.setattr(compute, "runs", lambda: one_server)
    monkeypatch.setattr(compute, "PATIENCE_S", 0.0)
    monkeypatch.setattr(compute, "NEWS_S", 0.5)
    monkeypatch.setattr(compute.st, "session_state", {})
    monkeypatch.setattr(compute.st, "rerun", lambda: reruns.append(following.run.over))
    monkeypatch.setattr(compute.address, "state", MagicMock())
    monkeypatch.setattr(compute.st, "fragment", lambda area, **_: areas.append(area) or area)
    one_server = Runs([worker])
    others = [one_server.find(Arm(dozing, (k,))) for k in range(6)]
    for other in others:
        other.watch("another reader", patience_s=120)
    assert one_server.crowded
    compute.live("playground", plan(replace(SMALL, seed=9, n_steps=2000)), drawn.append)
    (following,), (look,) = drawn, areas
    assert following.sparse
    until(lambda: look() or reruns)
    assert reruns == [True]
    for other in others:
        other.leave("another reader")
    until(lambda: not one_server.crowded)


def test_the_pause_between_two_drawings_of_a_run_grows(worker, monkeypatch):
    monkeypatch.setattr(compute, "runs", lambda: one_server)
    monkeypatch.setattr(compute.st, "session_state", {})
    pauses = []
    monkeypatch.setattr(compute, "_ask_for_more", lambda *_: pauses.append(compute.pause_s("axes")))
    one_server = Runs([worker])
    for _ in range(4):
        compute.live("axes", plan(LONG), lambda _: None)
    assert pauses == [0.8, 1.6, 3.2, 3.2]
    compute.live("axes", plan(replace(LONG, seed=1)), lambda _: None)
    assert pauses[-1] == 0.8
