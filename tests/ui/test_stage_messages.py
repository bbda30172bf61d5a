"""What the stage sends again, and what it does not."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.figures import theme
from bnviz.figures.frames import Frames
from bnviz.labs.view import Timeline
from bnviz.ui.stage import Chart, payload
from bnviz.ui.stage.change import change
from bnviz.ui.stage.message import next_message

LEAVES = st.none() | st.integers(0, 3) | st.sampled_from("ab")
VALUES = st.recursive(
    LEAVES,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.sampled_from("xyz"), part),
    max_leaves=12,
)


def put(old, news):
    """Put a change into a value, as ``message.js`` does."""
    if "is" in news:
        return news["is"]
    new = copy.copy(old)
    for key, part in news.get("at", {}).items():
        place = int(key) if isinstance(old, list) else key
        new[place] = put(old[place] if isinstance(old, list) else old.get(key), part)
    return new + news["more"] if "more" in news else new


@given(VALUES, VALUES)
def test_a_change_turns_the_old_value_into_the_new_one(old, new):
    news = json.loads(json.dumps(change(old, new)))
    assert json.dumps(put(old, news), sort_keys=True) == json.dumps(new, sort_keys=True)


def outlines(n, seed=0):
    """Return a chart of n snapshots; a longer run begins with the same ones."""
    values = np.random.default_rng(seed).standard_normal((40, 400))[:n]
    title = theme.finding(Frames([f"At snapshot {t}" for t in range(n)]))
    data = [{"type": "scatter", "y": Frames(values, bits=16)}]
    return Chart("outlines", {"data": data, "layout": {"title": title}}, "outlines")


def other(value):
    return Chart("other", {"data": [{"type": "bar", "y": np.full(500, value)}]}, "bars")


def data(charts, n, **more):
    times = Timeline(list(range(n)), 40)
    return payload(charts, times, running=n < 40, **more) | {"visit": ""}


def size(sent):
    return len(json.dumps(sent.message))


def test_a_run_that_goes_on_sends_its_new_snapshots_alone():
    sent = [next_message(None, data([outlines(2), other(1.0)], 2), -1)]
    for n in (20, 40):
        sent.append(next_message(sent[-1], data([outlines(n), other(1.0)], n), -1))
    assert [one.message["base"] for one in sent[1:]] == [one.message["serial"] for one in sent[:-1]]
    assert "other" not in json.dumps(sent[1].message["change"])
    whole = len(json.dumps(sent[2].data))
    news = size(sent[1]) + size(sent[2])
    assert sum(map(size, sent)) < 1.05 * whole
    shown = sent[0].data
    for one in sent[1:]:
        shown = put(shown, one.message["change"])
    assert shown == sent[2].data
    assert news < whole


def test_a_settled_step_costs_a_few_bytes():
    before = next_message(None, data([outlines(40)], 40), -1)
    assert size(before) > 30_000
    after = next_message(before, data([outlines(40)], 40, step=20), -1)
    assert size(after) < 200


def test_the_same_data_are_the_same_message():
    first = next_message(None, data([other(1.0)], 40), -1)
    second = next_message(first, data([other(2.0)], 40), -1)
    assert next_message(second, data([other(2.0)], 40), -1) is second


def test_what_the_browser_lacks_is_sent_whole_once():
    first = next_message(None, data([other(1.0)], 40), -1)
    lost = next_message(first, data([other(2.0)], 40), -1)
    lacks = lost.message["serial"]
    whole = next_message(lost, data([other(2.0)], 40), lacks)
    assert whole.message["whole"] == lost.data
    assert whole.message["serial"] > lacks
    assert next_message(whole, data([other(2.0)], 40), lacks) is whole
    assert next_message(whole, data([other(3.0)], 40), lacks).message["base"] == whole.whole


@pytest.mark.parametrize("visit", ["", "a link"])
def test_another_visit_begins_whole(visit):
    first = next_message(None, data([other(1.0)], 40), -1)
    second = next_message(first, data([other(2.0)], 40) | {"visit": visit}, -1)
    assert ("whole" in second.message) == (visit != "")
