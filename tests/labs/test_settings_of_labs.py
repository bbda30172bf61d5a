"""The settings of every lab: what they refuse, and what a link carries."""

from dataclasses import replace

import pytest

from bnviz.settings import Choice, Numbers, Switch, fields, from_query, to_query
from tests.lessons import LESSONS, ends, lab

EACH = pytest.mark.parametrize("slug", LESSONS)


def beyond(mark):
    """Give values that a field refuses."""
    if isinstance(mark, Choice):
        return ["no such option"]
    if isinstance(mark, Switch):
        return [1, "yes"]
    if isinstance(mark, Numbers):
        return [(), (mark.lo,) * (mark.most + 1), (2 * mark.hi + 1,)]
    return [mark.lo - 1, mark.hi + 1, float("nan"), "1"]


@EACH
def test_a_value_beyond_the_ends_is_refused_by_name(slug):
    settings = lab(slug).settings
    for name, mark in fields(settings).items():
        for value in beyond(mark):
            with pytest.raises(ValueError, match=name):
                settings(**{name: value})


@EACH
def test_a_link_carries_both_ends_of_every_control(slug):
    for name, value in ends(slug):
        settings = replace(lab(slug).settings(), **{name: value})
        assert from_query(type(settings), to_query(settings, slug), slug) == (settings, [])
