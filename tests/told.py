"""What a reader of a view must be able to see, whatever the settings are."""

import json
import re

import numpy as np

from bnviz.figures.frames import Frames, encode
from bnviz.figures.still import still
from tests.shown import axes_wrong, modes_wrong, texts, written_wrong

MOST_BYTES = 300_000
NOT_A_NUMBER = re.compile(r"\bnan\b|\binf\b|None", re.IGNORECASE)


def check_told(view, trace, *, drawn=False):
    """See that sentence, formula, table and figures can be shown."""
    sentence = view.takeaway(trace)
    assert 10 < len(sentence) < 400, sentence
    assert not NOT_A_NUMBER.search(sentence), sentence
    formula = view.formula(trace)
    assert formula
    assert formula.count("{") == formula.count("}")
    wrong = [one for text in texts(view, trace) for one in written_wrong(text)]
    for chart in view.charts(trace):
        wrong += [*axes_wrong(chart.figure), *modes_wrong(chart.figure)]
    assert not wrong, wrong[:3]
    columns = view.table(trace)
    assert len({len(column) for column in columns.values()}) == 1
    times = view.times(trace)
    for chart in view.charts(trace):
        sent = json.dumps(encode(chart.figure), allow_nan=False)
        assert len(sent) < MOST_BYTES, (chart.id, len(sent))
        text = chart.figure["layout"]["title"]["text"]
        for title in text.values if isinstance(text, Frames) else [text]:
            assert title, chart.id
            assert not NOT_A_NUMBER.search(title), title
            if isinstance(text, Frames):
                assert len(text) == len(times.steps)
        if drawn:
            check_drawn(still(chart.figure).layout)


def check_drawn(layout):
    """See that Plotly takes a figure, and that its axes have ends."""
    assert layout.title.text
    for axis in (layout.xaxis, layout.yaxis):
        assert axis.range is None or np.isfinite(axis.range).all()
        assert axis.range is None or axis.range[0] != axis.range[1]
