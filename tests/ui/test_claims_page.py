"""The pages of the ledger and of its quiz without a browser."""

import pytest

from bnviz.claims import count, ledger, selected
from bnviz.claims.quiz import N_STATEMENTS, draw
from bnviz.ui.address import LONGEST_EXTRA
from bnviz.ui.ledger import Filter, shown_by
from bnviz.ui.registry import pages
from tests.ui.pages import opened, well, words


def cards(at):
    """Return the claims that have a card."""
    text = words(at)
    return [claim for claim in ledger() if f"**{claim.claim}** {claim.reason}" in text]


def links(at):
    return {link.proto.label: link.proto for link in at.get("page_link")}


def test_at_first_all_claims_are_there_and_counted():
    at = opened("claims")
    assert cards(at) == list(ledger())
    assert f"**{count(ledger())}.**" in words(at)
    assert "Shown here" not in words(at)
    seen = [link for label, link in links(at).items() if "See it" in label]
    assert seen


def test_filters_and_search_meet_and_stand_in_the_link():
    at = opened("claims")
    well(at.selectbox(key="claims_verdict").set_value("wrong").run())
    wrong = selected(ledger(), verdict="wrong")
    assert cards(at) == wrong
    assert f"Shown here: {count(wrong)}" in words(at)
    well(at.text_input[0].set_value("layer norm").run())
    found = selected(ledger(), verdict="wrong", text="layer norm")
    assert cards(at) == found != []
    assert at.query_params["claims_verdict"] == "wrong"
    assert at.query_params["claims_search"] == "layer norm"
    well(at.text_input[0].set_value("").run())
    assert "claims_search" not in at.query_params
    assert cards(at) == wrong


def test_a_link_brings_verdict_lab_and_words():
    at = opened("claims", verdict="condition", lab="epsilon", search="scanner")
    assert [claim.name for claim in cards(at)] == ["C78"]
    assert at.text_input[0].value == "scanner"
    link = links(at)[":material/arrow_forward: See it: Epsilon, precision and shift"]
    assert "epsilon_predicted=skipped" in link.query_string
    assert "epsilon_view=shift" in link.query_string
    assert "epsilon_brightness=1" in link.query_string


def test_reset_shows_all_claims_again_whatever_was_searched():
    for at in (opened("claims", verdict="wrong", by="S0", search="layer norm"), opened("claims")):
        well(at.text_input[0].set_value("scanner").run())
        well(at.button(key="claims_reset").click().run())
        assert at.text_input[0].value == ""
        assert cards(at) == list(ledger())
        assert not [name for name in at.query_params if name.startswith("claims_")]
        well(at.text_input[0].set_value("scanner").run())
        assert [claim.name for claim in cards(at)] == ["C78"]


def test_a_lab_has_the_claims_that_it_shows():
    for entry in pages():
        if entry.claims:
            found = [claim.name for claim in Filter(lab=entry.slug).pick("")]
            assert tuple(found) == shown_by(entry.slug) != ()
    for claim in Filter(lab="literature").pick(""):
        assert claim.literature_only


def test_a_text_has_the_claims_that_it_makes():
    at = opened("claims", by="S4")
    assert cards(at) == [claim for claim in ledger() if "S4" in claim.by]
    well(at.selectbox(key="claims_by").set_value("S2").run())
    assert cards(at) == [claim for claim in ledger() if "S2" in claim.by]
    assert at.query_params["claims_by"] == "S2"


def test_what_a_link_says_wrongly_is_set_aside_and_told():
    at = opened(
        "claims", verdict="perhaps", lab="nowhere", by="S9", colour="red", search="<b>*_[" * 100
    )
    assert "perhaps" in words(at)
    assert "nowhere" in words(at)
    assert "S9" in words(at)
    assert not cards(at)
    assert "No claim fits" in words(at)
    assert len(at.text_input[0].value) == LONGEST_EXTRA


def test_a_bad_filter_in_code_is_refused_by_name():
    with pytest.raises(ValueError, match="verdict must be one of"):
        Filter(verdict="perhaps")


@pytest.mark.parametrize("slug", ["axes", "epsilon"])
def test_a_lab_leads_to_its_claims(slug):
    at = opened(slug, **({"predicted": "skipped"} if slug == "epsilon" else {}))
    there = f"claims_lab={slug}"
    (label,) = [label for label, proto in links(at).items() if proto.query_string == there]
    assert str(len(shown_by(slug))) in label


# The quiz


def play(at, answers):
    for k, letter in enumerate(answers):
        well(at.button(key=f"quiz_{letter}_{k}").click().run())
    return at


@pytest.mark.parametrize("seed", [0, 7])
def test_a_round_tells_each_reason_and_counts_at_the_end(seed):
    drawn = draw(seed)
    at = opened("quiz", seed=str(seed))
    for k, claim in enumerate(drawn):
        assert f"#### {claim.claim}" in words(at)
        assert claim.reason not in words(at)
        play_one = at.button(key=f"quiz_t_{k}").click()
        well(play_one.run())
        assert claim.reason in words(at)
        assert at.query_params["quiz_answers"] == "t" * (k + 1)
    right = sum(claim.verdict == "true" for claim in drawn)
    assert f"You judged {right} of {N_STATEMENTS}" in words(at)
    well(at.button(key="quiz_again").click().run())
    assert f"#### {draw(seed + 1)[0].claim}" in words(at)
    assert at.query_params["quiz_seed"] == str(seed + 1)
    assert "quiz_answers" not in at.query_params


def test_the_answers_of_a_link_are_there_again():
    at = opened("quiz", seed="3", answers="tw")
    assert f"Statement 3 of {N_STATEMENTS}" in words(at)
    assert "You said **true**" in words(at)
    assert "You said **false as stated**" in words(at)
    assert words(opened("quiz", seed="3", answers="tf")) == words(at)


@pytest.mark.parametrize("answers", ["tttttt", "ffffff", "tftftf"])
def test_a_cross_stands_beside_a_mistaken_answer_only(answers):
    told = [m.value for m in opened("quiz", answers=answers).markdown if "You said" in m.value]
    for text, claim, letter in zip(told[::-1], draw(0), answers, strict=True):
        assert claim.claim in text
        right = (claim.verdict == "true") == (letter == "t")
        assert (":red-badge[:material/close:" in text) == (not right)
        assert (":green-badge[:material/check:" in text) == right


def test_the_answer_to_a_statement_stands_before_the_next_one():
    first, second, third = draw(0)[:3]
    text = words(play(opened("quiz"), "tf"))
    places = [text.index(part) for part in (second.reason, f"#### {third.claim}", first.reason)]
    assert places == sorted(places)


def test_the_last_seed_is_followed_by_the_first():
    at = opened("quiz", seed="999", answers="tttttt")
    well(at.button(key="quiz_again").click().run())
    assert f"#### {draw(0)[0].claim}" in words(at)


@pytest.mark.parametrize("answers", ["xyz", "wow", "t<script>", "", "t" * 300])
def test_answers_that_are_none_are_set_aside(answers):
    at = opened("quiz", answers=answers)
    n = N_STATEMENTS if answers.startswith("ttt") else 0
    last = f"of {N_STATEMENTS} as the ledger" if n else f"Statement 1 of {N_STATEMENTS}"
    assert last in words(at)
    wanted = f"is not at most {N_STATEMENTS} letters, t for true or f for false"
    assert (wanted in words(at)) == bool(answers)
    assert not answers or f'"answers {answers[:3]}' in words(at)
    assert ("the first 6 count" in words(at)) == bool(n)
    if answers and not n:
        assert wanted not in words(well(at.button(key="quiz_t_0").click().run()))


def test_a_bad_seed_is_told():
    assert "is not a number" in words(opened("quiz", seed="many"))
