"""The reader's digit on all pages, without a browser."""

from tests.ui.pages import finished, opened, well, words


def test_a_digit_of_one_link_goes_along_to_other_pages_and_is_used_there():
    at = opened("noise", predicted="b", view="sample", digit="7")
    assert "7" in at.query_params["noise_digit"]
    at.query_params.clear()
    at.switch_page("pages/train_eval.py")
    at.query_params["train_eval_predicted"] = "a"
    well(at.run())
    at = finished(at, "train_eval")
    assert "7" in at.query_params["train_eval_digit"]
    at.session_state["train_eval_mine"] = True
    assert "Your 7 is" in words(well(at.run()))


def test_a_wrong_digit_is_the_nearest_and_named():
    said = words(opened("noise", predicted="b", digit="99"))
    assert "digit 99" in said
    assert "11 is used" in said
