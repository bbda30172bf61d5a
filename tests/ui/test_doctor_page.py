"""The doctor's page without a browser: symptoms, search, causes, runs, reports, broken links."""

import json
from dataclasses import replace

import pytest

from bnviz.doctor.examples import EXAMPLES, report
from bnviz.doctor.faults import faults
from bnviz.doctor.file import FORMAT, LARGEST_FILE
from bnviz.doctor.symptoms import SYMPTOMS
from bnviz.labs.doctor import DEMONSTRATIONS
from bnviz.ui import doctor
from bnviz.ui.report import LONGEST_NAME, charts
from tests.ui.pages import finished, opened, shown, well, words

SLUG = "doctor"
EXPECTED = "ValueError: Expected more than 1 value per channel when training, got input size"


def causes(at):
    """Return the codes of the causes on the page, in their order."""
    begin = f"{SLUG}_cause_"
    return [b.key.removeprefix(begin) for b in at.button if b.key.startswith(begin)]


def test_it_works_before_any_click():
    at = finished(opened(SLUG), SLUG)
    first = SYMPTOMS[0].causes
    assert causes(at) == list(first)
    assert faults()[first[0]].sentence in words(at)
    assert "repaired" in words(at)
    assert [code.value for code in at.code][:2] == [
        faults()[first[0]].check,
        faults()[first[0]].repair,
    ]
    assert shown(at)
    assert dict(at.query_params) == {}


def test_a_symptom_a_cause_and_a_run_are_chosen_and_stand_in_the_link():
    at = opened(SLUG)
    well(at.radio[0].set_value("deployed").run())
    assert causes(at)[0] == "fold-limits"
    assert dict(at.query_params) == {"doctor_symptom": "deployed"}
    well(at.button(key="doctor_cause_low-precision").click().run())
    assert faults()["low-precision"].sentence in words(at)
    well(at.button(key="doctor_cause_fold-limits").click().run())
    well(at.button(key="doctor_run_transposed_convolution").click().run())
    query = dict(at.query_params)
    assert query == {f"doctor_{k}": v for k, v in at.session_state["bnviz.doctor"].extras.items()}
    assert query["doctor_run"] == "transposed_convolution"
    again = opened(SLUG, query)
    assert causes(again) == causes(at)
    assert "Largest error of an output" in words(again)


def test_a_pasted_error_is_searched_for_and_a_symptom_takes_its_place():
    at = opened(SLUG)
    pasted = f'Traceback\n  File "train.py", line 3\n{EXPECTED} torch.Size([1, 128])'
    well(at.text_input[0].set_value(pasted).run())
    assert causes(at)[0] == "batch-too-small"
    assert at.radio[0].value is None
    assert causes(opened(SLUG, dict(at.query_params)))[0] == "batch-too-small"
    well(at.text_input[0].set_value("zebra").run())
    assert causes(at) == []
    assert "No fault has these words" in words(at)
    well(at.radio[0].set_value("nan").run())
    assert causes(at)[0] == "non-finite-statistics"
    assert at.text_input[0].value == ""


@pytest.mark.parametrize("code", DEMONSTRATIONS)
def test_the_link_of_each_fault_shows_it_among_its_likely_causes(code):
    here = doctor.place({"fault": code})
    assert here.fault.code == code
    assert here.fault in here.causes
    assert here.symptom.causes.index(code) == min(
        one.causes.index(code) for one in SYMPTOMS if code in one.causes
    )
    for view in DEMONSTRATIONS[code]:
        assert doctor.place({"fault": code, "run": view.name}).view is view
    searched = doctor.place({"words": "zebra", "fault": code})
    assert searched.causes == (faults()[code],)


def test_a_broken_link_is_mended_with_a_note():
    at = opened(
        SLUG, fault="<b>", symptom="b", run="x", door="back", report="y", batch_size="7", seed="-3"
    )
    said = words(at)
    for text in ("symptom b", "fault <b>", "run x", "door back", "report y", "batch size 7"):
        assert text in said, text
    assert causes(at) == list(SYMPTOMS[0].causes)


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.name)
def test_a_recorded_report_finds_what_was_broken(one):
    found = report(one.name)
    assert found.findings[0].code == one.code
    assert one.path.stat().st_size < 40_000
    drawn = charts(found.record)
    assert [chart.id for chart in drawn] == ["distance", "ratio", "noise", "gamma"]
    rows = drawn[0].figure["layout"]["yaxis"]["ticktext"]
    assert len(rows) == len(found.record.layers)
    n_lines = len(found.record.layers) * (2 if found.record.averaged else 1)
    marks = [part for part in drawn[2].figure["data"] if part.get("mode") == "markers"]
    assert sum(len(part["x"]) for part in marks) == n_lines


def test_what_is_not_finite_is_said_in_its_row():
    drawn = charts(report("overflow").record)
    words_of = [p for p in drawn[0].figure["data"] if p.get("mode") == "text"]
    assert words_of[0]["text"] == ["not finite"] * 5
    assert "no finite numbers" in drawn[0].alt


def test_a_recorded_report_is_chosen_and_leads_to_the_live_run():
    at = opened(SLUG, door="report")
    assert report("short").findings[0].sentence in "".join(h.proto.body for h in at.get("html"))
    well(at.radio[0].set_value("streams").run())
    assert dict(at.query_params) == {"doctor_door": "report", "doctor_report": "streams"}
    live = [one.proto.query_string for one in at.get("page_link") if "See it" in one.proto.label]
    assert "doctor_fault=shared-layer" in live[0]


def upload(at, data):
    """Give a file to the page."""
    return at.file_uploader[0].set_value(("model.bn.json", data, "application/json")).run()


def changed(**parts):
    """Return the bytes of a recorded report with other parts."""
    content = json.loads(EXAMPLES[0].path.read_text("utf-8"))
    return json.dumps({**content, **parts}).encode()


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b'{"format": 3', "damaged at line 1"),
        (b"[1, 2]", "is no report"),
        (changed(version=99), "from a newer one"),
        (changed(record={"layers": []}), "record has no"),
        (changed(findings=[{"code": "<script>"}]), "findings[0] has no"),
        (b" " * (LARGEST_FILE + 1), "at most 10 MB"),
    ],
    ids=["bytes", "damaged", "foreign", "newer", "record", "findings", "large"],
)
def test_a_file_that_is_no_report_is_told_where(data, where):
    at = well(upload(opened(SLUG, door="report"), data))
    assert "This file cannot be opened" in words(at)
    assert where in words(at)


def test_a_hostile_report_is_drawn_as_text():
    content = json.loads(EXAMPLES[0].path.read_text("utf-8"))
    assert content["format"] == FORMAT
    bad = "<img src=x onerror=alert(1)>"
    content["findings"][0] |= {"sentence": bad, "code": bad, "layers": [bad], "repair": bad}
    content["record"]["layers"][0]["name"] = bad
    content["record"]["model"] = f"**{bad}**"
    content["findings"] *= 30
    at = well(upload(opened(SLUG, door="report"), json.dumps(content).encode()))
    assert "18 more findings" in words(at)
    assert bad in words(at), "as text, in which no markup is read"
    assert not any("<img" in one.proto.body for one in at.get("html"))
    assert all("<img" not in one.value for one in (*at.markdown, *at.caption))


def test_a_long_name_is_shortened_in_its_row():
    record = report("short").record
    layers = (replace(record.layers[0], name="backbone.<b>" * 9), *record.layers[1:])
    (name, *_) = charts(replace(record, layers=layers))[0].figure["layout"]["yaxis"]["ticktext"]
    assert "<" not in name
    assert len(name.replace("&lt;", "<").replace("&gt;", ">")) == LONGEST_NAME
