"""Every lab's page without a browser: predict, reveal, lock, every control, broken links."""

from functools import cache

import pytest

from bnviz.settings import Numbers, fields, to_query
from tests.lessons import LESSONS, ends, lab
from tests.ui.pages import opened, well, words

EACH = pytest.mark.parametrize("slug", LESSONS)
WIDGETS = ("slider", "select_slider", "segmented_control", "selectbox", "toggle")


@cache
def names(slug):
    return {f"{slug}_{n}" for n, m in fields(lab(slug).settings).items() if type(m) is not Numbers}


def locked(slug, at):
    """Give the settings whose controls are locked; tables cannot be asked here."""
    found = [widget for kind in WIDGETS for widget in at.get(kind)]
    controls = {widget.key: widget.disabled for widget in found if widget.key in names(slug)}
    assert set(controls) == names(slug)
    return {key for key, off in controls.items() if off}


def shown(at):
    return bool(at.get("bidi_component"))


@EACH
def test_first_comes_the_question(slug):
    at = opened(slug)
    question = lab(slug).question
    assert question.text in words(at)
    assert at.radio[0].options == [answer.text for answer in question.answers]
    assert not shown(at)
    assert at.button(key=f"{slug}_commit").disabled
    assert locked(slug, at) == names(slug)


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
def test_a_prediction_is_about_the_settings_of_the_question(slug):
    aside = "For the settings of the question"
    assert aside not in words(opened(slug, predicted="a", seed="3"))
    first = lab(slug).settings()
    name, value = next((n, v) for n, v in ends(slug) if n != "seed" and v != getattr(first, n))
    moved = fields(lab(slug).settings)[name].text(value)
    assert aside in words(opened(slug, predicted="a", **{name: moved}))


@EACH
def test_a_question_says_where_the_controls_are_not_at_its_settings(slug):
    aside = "The question is about the first settings"
    assert aside not in words(opened(slug, seed="3"))
    first = lab(slug).settings()
    name, value = next((n, v) for n, v in ends(slug) if n != "seed" and v != getattr(first, n))
    mark = fields(lab(slug).settings)[name]
    said = words(opened(slug, **{name: mark.text(value)}))
    assert aside in said
    now, asked = (mark.shown(v) for v in (value, getattr(first, name)))
    assert f"{mark.label.lower()} {now} instead of {asked}" in said.lower()


@pytest.mark.parametrize(
    ("slug", "view", "step", "wanted"),
    [
        ("train_eval", "loss", "10", "The charts show step 10, the sentence is about the whole"),
        ("train_eval", "loss", "99", "Step 99 was not recorded; the nearest one, 100, is shown."),
        ("train_eval", "loss", "300", ""),
        ("train_eval", "bugs", "10", ""),
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
    at = opened(slug, predicted="skipped", view=view, step=step)
    run = at.session_state[f"bnviz.{slug}.run"]
    while not run.wait_over(1):
        at.run()
    said = words(well(at.run()))
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


@EACH
def test_one_control_is_free_until_all_are_unlocked(slug):
    at = opened(slug, predicted="skipped")
    free = {f"{slug}_{name}" for name in lab(slug).first.free}
    assert locked(slug, at) == names(slug) - free
    well(at.button(key=f"{slug}_lock").click().run())
    assert locked(slug, at) == set()
    assert at.query_params[f"{slug}_unlocked"] == "1"


@EACH
def test_every_view_opens(slug):
    for view in (view.name for view in lab(slug).views):
        at = opened(slug, predicted="skipped", view=view)
        assert shown(at)
        assert len(at.latex) >= 1
    assert shown(opened(slug, predicted="skipped", view="nowhere"))


@EACH
def test_the_transfer_question_is_answered_at_once(slug):
    at = opened(slug, predicted="skipped")
    transfer = lab(slug).transfer
    well(at.radio[0].set_value("a").run())
    assert transfer.answers[0].feedback in words(at)
    assert transfer.answers[1].feedback not in words(at)
    assert at.query_params[f"{slug}_transfer"] == "a"


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
        query = to_query(preset.settings, slug).items()
        params = {name.removeprefix(f"{slug}_"): value for name, value in query}
        at = opened(slug, predicted="skipped", **params)
        assert shown(at)
        assert "From the link" not in words(at)


@EACH
def test_a_broken_link_opens(slug):
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
    at = opened("noise", predicted="z", view=lab("noise").first.name)
    assert '"predicted z" is not one of a, b' in words(at)
    assert "From the link" not in words(well(at.button(key="noise_skip").click().run()))


@EACH
def test_notes_on_practice_stand_beside_the_view_that_explains_them(slug):
    said = {view.name: view.notes for view in lab(slug).views if view.notes}
    for view in said:
        at = opened(slug, predicted="skipped", view=view)
        assert "Where this matters" in [element.value for element in at.subheader]
        for of, notes in said.items():
            assert all((note.text in words(at)) == (of == view) for note in notes)


@EACH
def test_the_code_of_the_view_is_there_once_it_is_unfolded(slug):
    at = opened(slug, predicted="skipped")
    assert not at.code
    at.session_state[f"code_{slug}"] = True
    assert len(well(at.run()).code) == len(lab(slug).views[0].code)
