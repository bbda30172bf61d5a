"""What no lab takes: a value beyond the ends of a control, or one that its views do not measure."""

import pytest

from bnviz.settings import Range, Switch, fields
from tests.lessons import LESSONS, lab

WRONG = {
    "epsilon": {"contrast": 0.4, "offset": 5.0, "brightness": 0.25, "spread": "wide"},
    "family": {"batch_size": 3, "classes": 3, "r_max": 4.0},
    "rates": {"lr": 0.02, "init_scale": 3.0},
    "signal": {"batch_size": 48, "width": 63},
    "train_eval": {"batch_size": 12},
}
"""Between the values that these labs measure."""


def beyond(slug):
    """Yield a value that each control cannot have, and those that are not measured."""
    for name, mark in fields(lab(slug).settings).items():
        if isinstance(mark, Range):
            yield from ((name, value) for value in (mark.lo - 1, mark.hi + 1, float("nan")))
        else:
            yield name, 1.5 if isinstance(mark, Switch) else "none of these"
    yield from WRONG.get(slug, {}).items()


@pytest.mark.parametrize("slug", LESSONS)
def test_what_cannot_be_is_refused_by_name(slug):
    for name, value in beyond(slug):
        with pytest.raises(ValueError, match=name):
            lab(slug).settings(**{name: value})
