"""Runs in worker processes: streamed, shared, left alone, stopped, and not lost with a worker."""

import os
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from bnviz.labs.arm import Arm
from bnviz.labs.playground import WITH, Settings, measure, run
from bnviz.ui import compute
from bnviz.ui.runs import MOST_KEPT, Run, Runs
from bnviz.ui.worker import Worker

SMALL = Settings(depth=2, width=8, n_steps=100)
LONG = Settings(depth=20, width=128, batch_size=128, n_steps=2000)


def arm(settings):
    """Return the work of the playground."""
    return Arm(measure, (settings,))


@pytest.fixture(scope="module")
def worker():
    """Return a worker process; the next test uses it again."""
    return Worker()


def until(condition, timeout_s=60.0):
    """Wait for something that another process does."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def test_a_run_in_a_worker_ends_with_the_same_numbers(worker):
    watched = Run(arm(SMALL), worker)
    watched.watch("reader")
    until(lambda: watched.finished)
    here, there = run(SMALL), watched.wait(0)
    np.testing.assert_array_equal(here.networks[WITH].loss, there.networks[WITH].loss)
    assert here.start_hash == there.start_hash


def test_a_run_is_seen_before_it_is_finished(worker):
    watched = Run(arm(replace(LONG, seed=1)), worker)
    watched.watch("reader")
    first = watched.wait(60)
    assert not watched.finished
    assert first.steps[0] == 0
    watched.leave("reader")


def test_a_run_that_nobody_watches_stops_and_goes_on_when_asked(worker):
    watched = Run(arm(replace(LONG, seed=2)), worker)
    watched.watch("one")
    watched.watch("other")
    watched.wait(60)
    watched.leave("one")
    seen = watched.found
    until(lambda: watched.found is not seen)  # the other one still watches
    watched.leave("other")
    until(lambda: watched._pending is None)
    rested = watched.found
    time.sleep(0.3)
    assert watched.found is rested
    watched.watch("one")
    until(lambda: watched.found is not rested)
    watched.leave("one")


def test_a_piece_that_nobody_waits_for_any_more_is_not_begun(worker):
    blocked = [worker.submit(time.sleep, 0.3) for _ in range(3)]  # the queue is full
    watched = Run(arm(replace(SMALL, seed=3)), worker)
    watched.watch("reader")
    watched.leave("reader")
    for one in blocked:
        one.result(60)
    worker.submit(int).result(60)  # whatever stood before it in the queue is done
    assert watched.found is None
    watched.watch("reader")
    assert watched.wait(60) is not None


def test_waiting_for_more_ends_with_more_or_with_the_run(worker):
    watched = Run(arm(replace(SMALL, seed=4)), worker)
    assert not watched.wait_more(0, 0.01)
    watched.watch("reader")
    assert watched.wait_more(0, 60)
    until(lambda: watched.finished)
    assert watched.wait_more(watched.n_done, 0)


def test_readers_with_the_same_settings_share_a_run(worker):
    runs = Runs([worker])
    assert runs.find(arm(SMALL)) is runs.find(arm(replace(SMALL)))
    assert runs.find(arm(SMALL)) is not runs.find(arm(replace(SMALL, seed=1)))


def test_old_runs_are_forgotten(worker):
    runs = Runs([worker])
    first = runs.find(arm(SMALL))
    for seed in range(1, MOST_KEPT + 1):
        runs.find(arm(replace(SMALL, seed=seed)))
    assert runs.find(arm(SMALL)) is not first


def test_an_error_of_the_lab_reaches_the_page_and_is_not_kept(worker):
    runs = Runs([worker])
    broken = runs.find(Arm(int, ("no number",)))
    broken.watch("reader")
    with pytest.raises(ValueError, match="no number"):
        broken.wait(60)
    assert runs.find(Arm(int, ("no number",))) is not broken


def test_a_worker_that_dies_is_replaced_and_the_run_is_done_again():
    worker = Worker()
    process = worker.submit(os.getpid).result(60)
    watched = Run(arm(replace(LONG, n_steps=100)), worker)
    watched.watch("reader")
    watched.wait(60)
    os.kill(process, signal.SIGKILL)
    until(lambda: watched._restarted)
    until(lambda: watched.finished or watched.watch("reader"), 120)
    assert worker.submit(os.getpid).result(60) != process


def test_a_worker_does_not_load_the_page():
    loaded = "sorted(__import__('sys').modules)"
    modules = set(Worker().submit(eval, loaded).result(60))
    assert not {"streamlit", "torch", "plotly", "pandas"} & modules
    assert "bnviz.labs.playground" in modules


def test_twenty_runs_at_once_all_finish_and_none_goes_back():
    runs = Runs([Worker(), Worker()])
    watched = [runs.find(arm(replace(SMALL, seed=seed))) for seed in range(20)]
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
