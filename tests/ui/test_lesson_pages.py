"""Every lab's page without a browser: predict, reveal, every control, broken links."""

from functools import cache
from itertools import permutations

import pytest

from bnviz.settings import Numbers, fields
from bnviz.ui.registry import following, path
from tests.lessons import LESSONS, ends, lab
from tests.ui.pages import finished, opened, preset_opened, shown, well, words

EACH = pytest.mark.parametrize("slug", LESSONS)
VIEWS = [(slug, view.name) for slug in LESSONS for view in lab(slug).views]
EACH_VIEW = pytest.mark.parametrize(("slug", "name"), VIEWS)
WIDGETS = ("slider", "select_slider", "segmented_control", "selectbox", "toggle")


@cache
def names(slug):
    return {f"{slug}_{n}" for n, m in fields(lab(slug).settings).items() if type(m) is not Numbers}


def drawn(slug, at):
    """Return the settings that have a control, none of them locked; tables cannot be asked here."""
    found = [widget for kind in WIDGETS for widget in at.get(kind)]
    controls = [widget for widget in found if widget.key in names(slug)]
    assert not any(widget.disabled for widget in controls)
    return {widget.key for widget in controls}


def keys(slug, fields_of):
    """Return the keys of the controls of some fields, without the tables."""
    return {f"{slug}_{name}" for name in fields_of} & names(slug)


@EACH
def test_first_comes_the_question(slug):
    at = opened(slug)
    question = lab(slug).question
    assert question.text in words(at)
    assert at.radio[0].options == [answer.text for answer in question.answers]
    assert not shown(at)
    assert at.button(key=f"{slug}_commit").disabled
    assert drawn(slug, at) == set()


@EACH
def test_a_prediction_is_committed_and_stays_beside_the_outcome(slug):
    at = opened(slug)
    question = lab(slug).question
    wrong = next(k for k, answer in enumerate(question.answers) if not answer.right)
    well(at.radio[0].set_value("abcd"[wrong]).run())
    assert not shown(at)
    well(at.button(key=f"{slug}_commit").click().run())
    assert shown(at)
    assert f"Your prediction: **{question.answers[wrong].text.rstrip('.')}.**" in words(at)
    assert question.answers[wrong].feedback in words(at)
    assert at.query_params[f"{slug}_predicted"] == "abcd"[wrong]
    well(at.button(key=f"{slug}_again").click().run())
    assert not shown(at)


@EACH
def test_question_and_prediction_say_where_the_controls_are_not_at_their_settings(slug):
    first = lab(slug).settings()
    name, value = next((n, v) for n, v in ends(slug) if n != "seed" and v != getattr(first, n))
    mark = fields(lab(slug).settings)[name]
    moved = {name: mark.text(value)}
    aside = "For the settings of the question"
    assert aside not in words(opened(slug, predicted="a", seed="3"))
    assert aside in words(opened(slug, predicted="a", **moved))
    aside = "The question is about the first settings"
    assert aside not in words(opened(slug, seed="3"))
    said = words(opened(slug, **moved))
    assert aside in said
    now, asked = (mark.shown(v) for v in (value, getattr(first, name)))
    assert f"{mark.label.lower()} {now} instead of {asked}" in said.lower()


@pytest.mark.parametrize(
    ("slug", "view", "step", "wanted"),
    [
        ("train_eval", "loss", "10", "The charts show step 10, the sentence is about the whole"),
        ("train_eval", "loss", "99", "Step 99 was not recorded; the nearest one, 100, is shown."),
        ("train_eval", "loss", "300", ""),
        ("noise", "law", "10", ""),
        ("signal", "layers", "3", "The charts show layer 3, the sentence is about the whole run."),
        (
            "signal",
            "layers",
            "99",
            "Step 99 was not recorded; the nearest one, layer 20, is shown.",
        ),
    ],
)
def test_the_takeaway_says_when_the_charts_show_another_step(slug, view, step, wanted):
    said = words(finished(opened(slug, predicted="skipped", view=view, step=step), slug))
    assert wanted in said
    if not wanted:
        assert "whole run" not in said
        assert "was not recorded" not in said


@EACH
def test_no_preset_tells_the_answer_before_the_question_is_answered(slug):
    told = words(opened(slug))
    for preset in lab(slug).presets:
        assert preset.sentence not in told


@EACH
def test_it_can_be_skipped_and_a_link_can_open_the_result(slug):
    at = opened(slug)
    well(at.button(key=f"{slug}_skip").click().run())
    assert shown(at)
    right = next(answer for answer in lab(slug).question.answers if answer.right)
    assert right.feedback in words(at)
    assert shown(opened(slug, predicted="a"))
    assert not shown(opened(slug, predicted="z"))


@EACH_VIEW
def test_a_view_opens_with_the_controls_that_matter_in_it(slug, name):
    """At first those that it frees; with "More controls" the rest of what it needs; no other."""
    view = lab(slug).view(name)
    at = opened(slug, predicted="skipped", view=name)
    assert shown(at)
    assert len(at.latex) >= 1
    assert drawn(slug, at) == keys(slug, view.free)
    seed = any(button.key == f"{slug}_new_seed" for button in at.button)
    assert seed == ("seed" in view.needs)
    if view.matters - set(view.free):
        well(at.button(key=f"{slug}_more").click().run())
        assert at.query_params[f"{slug}_unlocked"] == "1"
    assert drawn(slug, at) == keys(slug, {*view.free, *view.needs} - set(view.idle))


@EACH
def test_a_setting_without_a_control_keeps_its_value(slug):
    """Through a change of the view, and back to a view where it has a control."""
    of = lab(slug)
    for view, other in permutations(of.views, 2):
        gone = [n for n in view.free if n not in other.free and f"{slug}_{n}" in names(slug)]
        if gone:
            break
    else:
        pytest.skip("all views of this lab free the same controls")
    name, first = gone[0], of.settings()
    text = fields(of.settings)[name].text(
        next(value for n, value in ends(slug) if n == name and value != getattr(first, name))
    )
    at = opened(slug, predicted="skipped", view=other.name, **{name: text})
    for _ in range(2):
        assert at.query_params[f"{slug}_{name}"] == text
        well(at.run())
    at.session_state[f"bnviz.{slug}"].remember("view", view.name)
    well(at.run())
    assert at.query_params[f"{slug}_{name}"] == text
    assert f"{slug}_{name}" in drawn(slug, at)


@EACH
def test_the_transfer_question_is_answered_at_once(slug):
    at = opened(slug, predicted="skipped")
    transfer = lab(slug).transfer
    well(at.radio[0].set_value("a").run())
    assert transfer.answers[0].feedback in words(at)
    assert transfer.answers[1].feedback not in words(at)
    assert at.query_params[f"{slug}_transfer"] == "a"


@EACH
def test_the_way_on_comes_with_the_answer_to_the_last_question(slug):
    title = following(slug).title
    ways = [
        [link.proto.label for link in opened(slug, predicted="a", **answer).get("page_link")]
        for answer in ({}, {"transfer": "b"})
    ]
    assert not any(f": {title}**" in label for label in ways[0])
    kind = "Next" if following(slug) in path() else "Deeper"
    assert f":material/arrow_forward: **{kind}: {title}**" in ways[1]


@pytest.mark.slow
@EACH
@pytest.mark.parametrize("end", [0, -1], ids=["first", "last"])
def test_both_ends_of_every_control_open(slug, end):
    """One end after the other is for the tests of the labs; a page gets them all at once."""
    marks, offered = fields(lab(slug).settings), {}
    for name, value in ends(slug):
        offered.setdefault(name, []).append(value)
    at_end = {name: marks[name].text(values[end]) for name, values in offered.items()}
    at = opened(slug, predicted="skipped", unlocked="1", **at_end)
    assert shown(at)
    assert "From the link" not in words(at)


@EACH
def test_presets_open(slug):
    for preset in lab(slug).presets:
        at = preset_opened(slug, preset, predicted="skipped")
        assert shown(at)
        assert "From the link" not in words(at)


@EACH
def test_a_broken_link_opens(slug):
    assert shown(opened(slug, predicted="skipped", view="nowhere"))
    broken = dict.fromkeys(fields(lab(slug).settings), "<b>1e999")
    at = opened(slug, predicted="skipped", view="<b>", unlocked="maybe", transfer="?", **broken)
    assert shown(at)
    assert "From the link" in words(at)


def test_a_link_to_what_is_not_there_is_told_and_names_what_is():
    told = words(opened("noise", predicted="skipped", view="nowhere", unlocked="no", transfer="z"))
    names = ", ".join(view.name for view in lab("noise").views)
    assert f'From the link: "view nowhere" is not one of {names}; it is set aside.' in told
    assert '"unlocked no" is not one of 1' in told
    assert '"transfer z" is not one of a, b' in told
    told = words(opened("noise", predicted="skipped", view=lab("noise").first.name, step="abc"))
    assert 'From the link: "step abc" is no step; it is set aside.' in told
    at = opened("noise", predicted="z", view=lab("noise").first.name)
    assert '"predicted z" is not one of a, b' in words(at)
    assert "From the link" not in words(well(at.button(key="noise_skip").click().run()))


@EACH
def test_notes_on_practice_stand_beside_the_view_that_explains_them(slug):
    said = {view.name: view.notes for view in lab(slug).views if view.notes}
    for view in said:
        at = opened(slug, predicted="skipped", view=view)
        assert "Where this matters" in [element.label for element in at.expander]
        for of, notes in said.items():
            assert all((note.text in words(at)) == (of == view) for note in notes)


@EACH
def test_the_code_of_the_view_is_there_once_it_is_unfolded(slug):
    at = opened(slug, predicted="skipped")
    assert not at.code
    at.session_state[f"code_{slug}"] = True
    assert len(well(at.run()).code) == len(lab(slug).views[0].code)
