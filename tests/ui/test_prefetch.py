"""What is computed ahead: the right things, while nobody waits, and never in a reader's way."""

import time
from pathlib import Path

import pytest

from bnviz.labs.arm import Arm, Plan
from bnviz.labs.playground import PRESETS, Settings, plan
from bnviz.ui import prefetch
from bnviz.ui.prefetch import MOST_READERS, Prefetch, guesses, moved_field
from bnviz.ui.runs import Runs
from bnviz.ui.worker import Worker

MAIN = ("batch_size", "momentum", "eps")


@pytest.fixture(scope="module")
def worker():
    """Return a worker process that has started."""
    found = Worker()
    found.submit(int).result(60)
    return found


@pytest.fixture
def ahead(worker, monkeypatch):
    """Return what computes ahead on a server of its own."""
    monkeypatch.setenv(prefetch.SWITCH, "on")
    made = Prefetch(Runs([worker]))
    yield made
    made.close()


def until(condition, timeout_s=60.0):
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def noted(file, name, n_pieces):
    """Note each piece of work in a file."""
    for _ in range(n_pieces):
        with Path(file).open("a") as lines:
            lines.write(f"{name}\n")
        time.sleep(0.005)
        yield lambda: name
    return name


def lines(file):
    return Path(file).read_text().split() if Path(file).exists() else []


def test_the_neighbours_on_the_slider_moved_last_come_first_then_the_others_then_the_presets():
    found = guesses(Settings(), "eps", MAIN, [preset.settings for preset in PRESETS])
    assert found[:2] == [Settings(eps=1e-6), Settings(eps=1e-4)]
    assert found[2:4] == [Settings(batch_size=16), Settings(batch_size=64)]
    assert found[4:6] == [Settings(momentum=0.03), Settings(momentum=0.3)]
    assert found[6:] == [preset.settings for preset in PRESETS]


@pytest.mark.parametrize(("onward", "back"), [(1e-6, 1e-4), (1e-4, 1e-6)])
def test_the_same_direction_comes_first_and_the_way_back_last(onward, back):
    back = Settings(eps=back)
    found = guesses(Settings(), "eps", MAIN, [Settings(depth=3)], before=back)
    assert found[0] == Settings(eps=onward)
    assert found[-1] == back
    assert sorted(map(repr, found)) == sorted(
        map(repr, guesses(Settings(), "eps", MAIN, [Settings(depth=3)]))
    )


def test_an_end_of_a_slider_has_one_neighbour_and_a_choice_none():
    assert guesses(Settings(momentum=None), "activation", ["momentum"], []) == [
        Settings(momentum=1.0)
    ]
    assert guesses(Settings(depth=20), "depth", [], []) == [Settings(depth=19)]


def test_the_field_that_was_moved():
    assert moved_field(Settings(), Settings(eps=0.1)) == "eps"
    assert moved_field(Settings(), Settings()) is None
    assert moved_field(Settings(), Settings(eps=0.1, depth=3)) is None


def test_what_was_guessed_is_there_when_it_is_asked_for(ahead):
    settings = Settings(depth=1, width=8, n_steps=100, seed=11)
    ahead.want("reader", [plan(settings)])
    run = ahead._runs.find(plan(settings))
    until(lambda: run.finished)
    until(lambda: ahead.share.n_finished == 2)
    assert run.found.finished
    ahead.note_use(run)
    ahead.note_use(run)  # which counts once
    assert ahead.share.n_used == 2
    assert 0 < ahead.share.cpu_s < 20


def test_a_readers_piece_is_the_workers_next(ahead, tmp_path):
    """Between the question and its first piece there is at most the rest of one short piece."""
    file = str(tmp_path / "order")
    ahead.want("reader", [Plan.of(Arm(noted, (file, "ahead", 2000)))])
    until(lambda: len(lines(file)) > 20)
    asked = ahead._runs.find(Arm(noted, (file, "reader", 30)))
    n_before = len(lines(file))
    asked.watch("reader", patience_s=60)
    until(lambda: asked.finished)
    order = lines(file)
    first, last = order.index("reader"), len(order) - order[::-1].index("reader")
    assert first - n_before <= 6  # two short pieces: of 10 ms, and 5 ms each of these
    assert "ahead" not in order[first:last]


def test_a_new_guess_drops_the_old_one(ahead, tmp_path):
    file = str(tmp_path / "order")
    ahead.want("reader", [Plan.of(Arm(noted, (file, "old", 2000)))])
    until(lambda: len(lines(file)) > 5)
    ahead.want("reader", [Plan.of(Arm(noted, (file, "new", 20)))])
    until(lambda: lines(file).count("new") == 20)
    order = lines(file)
    assert order[order.index("new") :].count("old") == 0


def test_with_many_readers_nothing_is_computed_ahead(ahead, tmp_path):
    file = str(tmp_path / "order")
    for k in range(MOST_READERS + 1):
        ahead.want(f"reader {k}", [])
    ahead.want("reader 0", [Plan.of(Arm(noted, (file, "ahead", 20)))])
    time.sleep(3 * prefetch.QUIET_S)
    assert lines(file) == []


def test_it_can_be_switched_off(worker, monkeypatch):
    monkeypatch.setenv(prefetch.SWITCH, "off")
    off = Prefetch(Runs([worker]))
    off.want("reader", [plan(Settings())])
    assert off._runs.arm_runs() == []
