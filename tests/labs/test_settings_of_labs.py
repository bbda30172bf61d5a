"""The settings of every lab: what they refuse, and what a link carries."""

from dataclasses import replace

import pytest

from bnviz.labs import playground
from bnviz.settings import Choice, Numbers, Switch, fields, from_query, to_query
from tests.lessons import LESSONS, ends_of, lab

SETTINGS = {slug: lab(slug).settings for slug in LESSONS} | {"playground": playground.Settings}
EACH = pytest.mark.parametrize("slug", SETTINGS)
BETWEEN = {
    "epsilon": {"contrast": 0.4, "offset": 5.0, "brightness": 0.25},
    "family": {"batch_size": 3, "classes": 3, "r_max": 4.0},
    "rates": {"lr": 0.02, "init_scale": 3.0},
    "scale": {"scale": 2.0},
    "signal": {"batch_size": 48, "width": 63},
    "train_eval": {"batch_size": 12},
}
"""Between the values that these labs measure."""


def beyond(mark):
    """Give values that a field refuses."""
    if isinstance(mark, Choice):
        return ["no such option"]
    if isinstance(mark, Switch):
        return [1, 1.5, "yes"]
    if isinstance(mark, Numbers):
        return [(), (mark.lo,) * (mark.most + 1), (2 * mark.hi + 1,)]
    return [mark.lo - 1, mark.hi + 1, float("nan"), "1", True]


@EACH
def test_what_cannot_be_is_refused_by_name(slug):
    wrong = [(name, v) for name, mark in fields(SETTINGS[slug]).items() for v in beyond(mark)]
    for name, value in (*wrong, *BETWEEN.get(slug, {}).items()):
        with pytest.raises(ValueError, match=name):
            SETTINGS[slug](**{name: value})


@EACH
def test_a_link_carries_both_ends_of_every_control(slug):
    for name, value in ends_of(SETTINGS[slug]):
        settings = replace(SETTINGS[slug](), **{name: value})
        assert from_query(type(settings), to_query(settings, slug), slug) == (settings, [])
