"""Recorded sweeps: they go on where they were, say how they were made, and are still true."""

import json
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pytest

from bnviz.labs import record as recording
from bnviz.labs.record import main, origin, record
from bnviz.labs.sweeps import Sweep, path, read, recorded, slugs, sweeps
from bnviz.settings import Range, check

MOST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Settings:
    size: Annotated[int, Range("Size", 1, 9)] = 1
    seed: Annotated[int, Range("Seed", 0, 9)] = 0

    def __post_init__(self):
        check(self)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def toy(asked):
    def measure(settings):
        asked.append(settings)
        if settings.size == 3:
            return {"loss": np.inf, "curve": np.array([np.nan, 1.0])}
        return {"loss": settings.size / 3, "curve": np.array([settings.seed, 2e-7])}

    return {"sizes": Sweep(tuple(Settings(size=n) for n in (1, 2, 3)), (0, 4), measure)}


def test_what_is_recorded_is_read_again(tmp_path, toy):
    file = tmp_path / "sweep.json"
    assert record(file, toy) == 6
    found = read(file, toy)["sizes"]
    assert (found.date, found.versions) == (origin()["date"], origin()["versions"])
    assert found.cells == tuple(Settings(size=n) for n in (1, 2, 3))
    assert found.values["loss"].shape == (3, 2)
    assert found.values["curve"].shape == (3, 2, 2)
    np.testing.assert_allclose(found.values["loss"][:2, 0], [1 / 3, 2 / 3], rtol=1e-5)
    np.testing.assert_array_equal(found.values["curve"][1], [[0, 2e-7], [4, 2e-7]])
    assert np.isnan(found.values["loss"][2]).all()
    assert found.find(Settings(size=2, seed=7)) == 1
    assert found.find(Settings(size=9)) is None
    assert found.credit == (
        f"recorded on {found.date} with NumPy {found.versions['numpy']}, 2 seeds"
    )


def test_an_interrupted_recording_goes_on_and_never_leaves_half_a_file(tmp_path, toy, asked):
    file = tmp_path / "sweep.json"
    failing = replace(toy["sizes"], measure=lambda s: 1 / 0 if len(asked) == 4 else whole(s))
    whole = toy["sizes"].measure
    with pytest.raises(ZeroDivisionError):
        record(file, {"sizes": failing})
    assert len(json.loads(file.read_text())["runs"]) == 4
    with pytest.raises(ValueError, match="not recorded with all its cells"):
        read(file, toy)
    assert record(file, toy) == 2
    assert [(s.size, s.seed) for s in asked] == [(1, 0), (2, 0), (3, 0), (1, 4), (2, 4), (3, 4)]
    assert record(file, toy) == 0
    assert list(tmp_path.iterdir()) == [file]


def test_an_old_date_stays_while_nothing_is_measured(tmp_path, toy):
    file = tmp_path / "sweep.json"
    record(file, toy)
    stored = json.loads(file.read_text())
    file.write_text(json.dumps({**stored, "date": "2001-01-01"}))
    record(file, toy)
    assert read(file, toy)["sizes"].date == "2001-01-01"
    more = {"sizes": replace(toy["sizes"], seeds=(0, 4, 5))}
    assert record(file, more) == 3
    assert read(file, more)["sizes"].date == origin()["date"]


def test_other_versions_and_anew_measure_all_again(tmp_path, toy):
    file = tmp_path / "sweep.json"
    record(file, toy)
    stored = json.loads(file.read_text())
    file.write_text(json.dumps({**stored, "versions": {"python": "3.1", "numpy": "0.9"}}))
    assert record(file, toy) == 6
    assert record(file, toy, anew=True) == 6


def test_what_nobody_wants_any_more_is_dropped(tmp_path, toy):
    file = tmp_path / "sweep.json"
    record(file, toy)
    fewer = {"sizes": replace(toy["sizes"], cells=toy["sizes"].cells[:1])}
    assert record(file, fewer) == 0
    assert len(json.loads(file.read_text())["runs"]) == 2


@pytest.mark.parametrize("change", [{"cells": ()}, {"seeds": (1, 1)}, {"seeds": ()}])
def test_an_empty_or_doubled_sweep_is_refused(toy, change):
    with pytest.raises(ValueError, match="each once"):
        replace(toy["sizes"], **change)


def test_two_cells_that_differ_in_the_seed_alone_are_one_too_many():
    with pytest.raises(ValueError, match="cells must be"):
        Sweep((Settings(), Settings(seed=1)), (0,), lambda _: {})


def test_the_command_records_the_lab_that_is_named(tmp_path, toy, monkeypatch, capsys):
    monkeypatch.setattr(recording, "slugs", lambda: ["toy", "other"])
    monkeypatch.setattr(recording, "sweeps", lambda _: toy)
    monkeypatch.setattr(recording, "path", lambda slug: tmp_path / f"{slug}.json")
    main(["toy"])
    assert capsys.readouterr().out.splitlines()[-1] == "toy: 6 runs measured"
    assert [file.name for file in tmp_path.iterdir()] == ["toy.json"]
    main([])
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(SystemExit):
        main(["nowhere"])


def damaged():
    """Name what may become of a file, and what is said of it."""
    run = {"sweep": "sizes", "settings": {"size": 1}, "seed": 0, "values": {}}
    good = {"date": "2001-01-01", "versions": {"python": "3", "numpy": "2"}, "runs": []}
    yield "empty", "", "cannot be read"
    yield "cut", json.dumps(good)[:40], "cannot be read"
    yield "no object", "[]", r"date \(str\), versions \(dict\), runs \(list\) wanted"
    yield "no versions", json.dumps({**good, "versions": None}), r"versions \(dict\) wanted"
    yield "no numpy", json.dumps({**good, "versions": {"torch": "3"}}), "versions of python and"
    yield "no runs", json.dumps({**good, "runs": None}), r"runs \(list\) wanted"
    for part in run:
        rest = {name: value for name, value in run.items() if name != part}
        yield f"no {part}", json.dumps({**good, "runs": [run, rest]}), rf"run 1 .*{part} \(.*wanted"


@pytest.mark.parametrize(
    ("text", "words"), [pytest.param(text, words, id=name) for name, text, words in damaged()]
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path, toy, asked, text, words):
    file = tmp_path / "sweep.json"
    file.write_text(text)
    for act in (read, record):
        with pytest.raises(ValueError, match=f"sweep.json.*{words}.*--anew"):
            act(file, toy)
    assert file.read_text() == text
    assert not asked
    assert record(file, toy, anew=True) == 6


def test_a_missing_file_is_named(tmp_path, toy):
    with pytest.raises(ValueError, match=r"sweep.json cannot be read.*--anew"):
        read(tmp_path / "sweep.json", toy)


@pytest.mark.parametrize("values", [{"loss": "a"}, {"loss": [1, 2]}, {"other": 1.0}, {}])
def test_runs_that_do_not_belong_together_are_refused(tmp_path, toy, values):
    file = tmp_path / "sweep.json"
    record(file, toy)
    stored = json.loads(file.read_text())
    stored["runs"][0]["values"] = values
    file.write_text(json.dumps(stored))
    with pytest.raises(ValueError, match=r"sweep.json: sizes must hold numbers of one shape"):
        read(file, toy)


def test_the_command_says_what_is_wrong_and_what_an_interruption_keeps(
    tmp_path, toy, asked, monkeypatch
):
    def stopped(settings):
        if len(asked) == 2:
            raise KeyboardInterrupt
        return toy["sizes"].measure(settings)

    file = tmp_path / "toy.json"
    monkeypatch.setattr(recording, "slugs", lambda: ["toy"])
    monkeypatch.setattr(recording, "path", lambda _: file)
    monkeypatch.setattr(
        recording, "sweeps", lambda _: {"sizes": replace(toy["sizes"], measure=stopped)}
    )
    with pytest.raises(SystemExit, match=r"toy: interrupted\. What was measured is kept"):
        main(["toy"])
    assert len(json.loads(file.read_text())["runs"]) == 2
    file.write_text("{")
    with pytest.raises(SystemExit, match=r"toy: .*toy.json cannot be read"):
        main(["toy"])


def test_a_lab_without_sweeps_has_none():
    assert sweeps("axes") == {}
    assert "axes" not in slugs()


# ------------------------------------------------------------- the labs' own sweeps


def test_all_recorded_sweeps_together_are_small():
    assert sum(path(slug).stat().st_size for slug in slugs()) < MOST_BYTES


def checked():
    """Name the cells of all labs that are measured again."""
    for slug in slugs():
        for name, sweep in sweeps(slug).items():
            for place in sweep.checked:
                yield pytest.param(slug, name, place, id=f"{slug}-{name}-{place}")


@pytest.mark.slow
@pytest.mark.checks(
    "recorded sweeps: a sample of the cells measured again",
    how="the recorded number",
    tolerance="each sweep's own, mostly relative 1e-5",
)
@pytest.mark.parametrize(("slug", "name", "place"), list(checked()))
def test_a_sample_of_the_record_measured_again(slug, name, place):
    sweep, found = sweeps(slug)[name], recorded(slug)[name]
    measured = sweep.measure(replace(sweep.cells[place], seed=sweep.seeds[0]))
    assert set(measured) == set(found.values)
    for what, value in measured.items():
        wanted = np.asarray(value, np.float64)
        wanted = np.where(np.isfinite(wanted), wanted, np.nan)
        kept = found.values[what][place]
        near = np.isclose(kept[0], wanted, rtol=sweep.rtol, atol=sweep.atol, equal_nan=True)
        low, high = kept.min(0), kept.max(0)
        room = 0.5 * (high - low)
        among = sweep.unstable & (low - room <= wanted) & (wanted <= high + room)
        assert (near | among).all(), (what, kept[0], wanted)
