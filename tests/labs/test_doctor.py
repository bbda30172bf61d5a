"""The demonstrations of all faults: what each shows, and that it can be told and drawn."""

import re
from dataclasses import replace

import numpy as np
import pytest

from bnviz.doctor.faults import faults
from bnviz.labs.arm import finish
from bnviz.labs.doctor import DEMONSTRATIONS, Settings
from bnviz.labs.doctor.case import BROKEN, REPAIRED
from bnviz.labs.doctor.case_view import bars_mean
from bnviz.labs.source import source
from tests.labs.test_labs import bytes_of, codes, entered, forget, reading
from tests.told import check_told

VIEWS = [view for views in DEMONSTRATIONS.values() for view in views]
EACH = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
RIGHT = {"one_layer_moves": 0.0, "shared_layer": 0.0, "low_precision": 1.0}
"""What the first quantity should be, where it is not the less the better."""
MORE_IS_BETTER = {"non_finite", "epsilon_dominates", "useless_bias", "dropout_before_norm"} | {
    "decayed_affine",
    "real_and_generated",
}


def test_every_fault_has_a_run_and_every_run_a_name_of_its_own():
    assert set(DEMONSTRATIONS) == set(faults())
    names = [view.name for view in VIEWS]
    assert len(set(names)) == len(names)


@EACH
def test_it_is_broken_and_repaired(view):
    found = view.run(Settings()).found
    broken, repaired = (found.of(kind).values[0] for kind in (BROKEN, REPAIRED))
    if view.name in RIGHT:
        right = RIGHT[view.name]
        assert abs(repaired - right) < 0.1 < abs(broken - right)
    elif view.name in MORE_IS_BETTER:
        assert broken < 0.85 * repaired
    elif view.name == "uneven_batches":
        assert repaired == pytest.approx(np.mean([0] * 8 + [18] * 2), abs=1.0)
        assert broken > 1.3 * repaired
    else:
        assert repaired < 0.93 * broken


@EACH
def test_it_can_be_told_and_drawn(view):
    trace = view.run(Settings())
    check_told(view, trace, drawn=True)
    assert bars_mean(trace.found)
    for chart in view.charts(trace):
        bars = [part for part in chart.figure["data"] if part["type"] == "bar"]
        for bar, case in zip(bars, trace.found.cases, strict=True):
            assert ("pattern" in bar["marker"]) == (case.kind in ("broken", "no repair"))
            assert re.search(r"\d", bar["text"][0])
    begun = replace(trace, found=type(trace.found)((), False))
    check_told(view, begun)
    if view.matters:
        check_told(view, view.run(Settings(batch_size=2, seed=99)))


@EACH
def test_the_same_bytes_come_from_what_it_needs_and_by_the_code_it_shows(view):
    arm = view.arm(Settings(batch_size=4))
    noted, read = reading(arm.needs[0])
    forget()
    found, ran = entered(lambda: finish(replace(arm, needs=(noted,))))
    assert read - {"__dict__"} == set(view.needs)
    for function in view.code:
        assert codes(function) & ran, function.__qualname__
        assert source(function)
    forget()
    assert bytes_of(finish(arm)) == bytes_of(found)


def test_a_repair_that_does_not_lower_the_loss_is_not_said_to_repair():
    (view,) = DEMONSTRATIONS["double-update"]
    trace = view.run(Settings())
    cases = [replace(c, values=(c.values[0], 0.5, c.values[2])) for c in trace.found.cases]
    turned = replace(trace, found=replace(trace.found, cases=tuple(cases)))
    assert "the loss hardly shows it" in view.takeaway(turned)
    assert "hardly" not in view.takeaway(trace)
    said = [chart.figure["layout"]["title"]["text"] for chart in view.charts(turned)]
    assert ["after the repair" in one for one in said] == [False, True, True]


def test_of_several_repairs_the_one_of_the_lowest_loss_is_told():
    (view,) = DEMONSTRATIONS["stale-statistics"]
    trace = view.run(Settings(batch_size=4))
    lowest = min(case.values[0] for case in trace.found.cases if case.kind == REPAIRED)
    assert f"{lowest:.2f} repaired" in view.takeaway(trace)
