"""The reader's digit on all pages, without a browser."""

from tests.ui.pages import opened, well, words


def test_a_digit_of_one_link_goes_along_to_other_pages_and_is_used_there():
    at = opened("noise", predicted="b", view="sample", digit="7")
    assert "7" in at.query_params["noise_digit"]
    at.query_params.clear()
    at.switch_page("pages/family.py")
    at.query_params["family_predicted"], at.query_params["family_view"] = "a", "picture"
    well(at.run())
    assert "7" in at.query_params["family_digit"]
    at.session_state["family_mine"] = True
    assert "Your 7 through instance norm" in words(well(at.run()))


def test_a_wrong_digit_is_the_nearest_and_named():
    said = words(opened("noise", predicted="b", digit="99"))
    assert "digit 99" in said
    assert "11 is used" in said
