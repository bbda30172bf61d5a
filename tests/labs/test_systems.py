"""The lab on real systems: its settings, its table and its formulas."""

import pytest

from bnviz.labs.systems import LESSON, Experiment, Settings, findings, run


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channels", 3),
        ("n_batches", 0),
        ("shift", 2.5),
        ("seed", -1),
        ("shift", 0.35),
        ("channels", 5),
        ("spread", 0.6),
        ("padding", 0.8),
        ("strength", 0.3),
        ("gamma_start", 0.0),
        ("width", 400),
    ],
)
def test_settings_name_the_field(field, value):
    with pytest.raises(ValueError, match=field):
        Settings(**{field: value})


def test_a_run_is_the_same_again_but_for_the_clock():
    first, again = (run(Settings(seed=5), "repair").repair for _ in range(2))
    assert (first.output == again.output).all()
    first, again = (run(Settings(seed=5), "pure").pure for _ in range(2))
    assert (first.accuracy == again.accuracy).all()


def test_every_view_has_a_formula_and_the_table_has_whole_columns():
    trace = run(Settings())
    assert len({findings.formula(trace, view) for view in LESSON.views}) == len(LESSON.views)
    assert len({len(column) for column in findings.table(trace).values()}) == 1


@pytest.mark.parametrize("view", LESSON.views)
def test_a_view_is_run_alone(view):
    experiment = Experiment(Settings(), view)
    while not experiment.finished:
        experiment.advance()
        trace = experiment.trace()
        assert list(trace.found) == [view]
        assert findings.takeaway(trace, view)
        assert findings.table(trace)["value"]
