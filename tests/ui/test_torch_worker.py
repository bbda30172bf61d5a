"""PyTorch in a process of its own: started on demand, shared, ended when idle, replaced."""

import os
import signal
import time

import numpy as np
import pytest

from bnviz.labs.proof import Settings, draw, run
from bnviz.ui.torch_worker import MOST_KEPT, PyTorch

WAIT_S = 60


def answer(*question):
    """Stand in for PyTorch; the process runs it by value, so it needs no import of this file."""
    if isinstance(question[0], str):
        raise ValueError("refused")
    return {"y": question[0]}


def question(settings):
    problem = draw(settings)
    return settings, problem.function, problem.arguments, problem.dy


def until(condition, timeout_s=30.0):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def stand_in():
    """Return a worker that answers without PyTorch, for all tests here; each has its own keys."""
    worker = PyTorch(idle_s=30, answer=answer)
    yield worker
    worker.close()


@pytest.mark.slow
@pytest.mark.usefixtures("pytorch")
def test_the_answer_is_pytorchs():
    worker = PyTorch()
    try:
        assert not worker.running
        settings = Settings()
        rows = run(settings, worker.ask(*question(settings)).result(WAIT_S))
        assert all(row.passed for row in rows)
        assert worker.running
    finally:
        worker.close()


def test_who_asks_the_same_shares_the_answer(stand_in):
    first = stand_in.ask("key", 1)
    assert stand_in.ask("key", 1) is first
    assert first.result(WAIT_S) == {"y": 1}
    assert stand_in.ask("other", 2).result(WAIT_S) == {"y": 2}


def test_a_refusal_is_told_and_the_question_may_be_put_again(stand_in):
    refused = stand_in.ask("refused", "refuse")
    with pytest.raises(ValueError, match="refused"):
        refused.result(WAIT_S)
    assert stand_in.ask("refused", 3).result(WAIT_S) == {"y": 3}


def test_old_answers_are_forgotten(stand_in):
    for key in range(MOST_KEPT + 3):
        stand_in.ask(key, key).result(WAIT_S)
    assert len(stand_in._answers) == MOST_KEPT


def test_a_process_that_dies_is_replaced(stand_in):
    stand_in.ask("first", 0).result(WAIT_S)
    (pid,) = stand_in._executor._processes
    assert pid != os.getpid()
    os.kill(pid, signal.SIGKILL)

    def answered():
        future = stand_in.ask("second", 1)
        return future.exception(WAIT_S) is None

    until(answered)
    assert stand_in.ask("second", 1).result(WAIT_S) == {"y": 1}


def test_where_no_process_can_be_had_it_is_told(monkeypatch):
    def refuse(*_, **__):
        raise OSError("no processes here")

    monkeypatch.setattr("bnviz.ui.torch_worker.ProcessPoolExecutor", refuse)
    worker = PyTorch(answer=answer)
    with pytest.raises(OSError, match="no processes here"):
        worker.ask("key", 1).result(0)
    assert not worker.running
    worker.close()


def test_arrays_travel_unharmed(stand_in):
    x = np.arange(4.0)[::2]
    np.testing.assert_array_equal(stand_in.ask("x", x).result(WAIT_S)["y"], x)


@pytest.mark.slow
def test_it_ends_when_idle_not_while_it_is_asked_and_the_next_question_starts_another():
    worker = PyTorch(idle_s=1.5, answer=answer)
    try:
        worker.ask(0, 0).result(WAIT_S)
        (pid,) = worker._executor._processes
        for k in range(1, 9):
            time.sleep(0.25)
            assert worker.ask(k, k).result(WAIT_S) == {"y": k}
        assert alive(pid)
        until(lambda: not worker.running and not alive(pid))
        assert worker.ask("more", 9).result(WAIT_S) == {"y": 9}
    finally:
        worker.close()
