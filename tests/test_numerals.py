"""Numbers as readers see them: in sentences and in formulas."""

import pytest

from bnviz.numerals import latex, latex_short, short, superscript, to_latex, true_minus


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "-0.5"),
        (0.001, "0.001"),
        (0.00099, "10⁻³"),
        (99.4, "99"),
        (99.6, "100"),
        (999.0, "999"),
        (1000.0, "10³"),
        (-3.2e-10, "-3×10⁻¹⁰"),
        (float("-inf"), "-∞"),
    ],
)
def test_a_short_number_turns_to_powers_of_ten_at_either_end(value, text):
    assert short(value) == text


@pytest.mark.parametrize("exponent", [-308, -10, 0, 7, 123])
def test_an_exponent_reads_back(exponent):
    plain = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    assert int(superscript(exponent).translate(plain)) == exponent


def test_a_minus_is_not_a_hyphen():
    assert true_minus("-1.5, 2, -0") == "−1.5, 2, −0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-5, "10^{-5}"),
        (0.1, "0.1"),
        (2.5e-4, r"2.5 \cdot 10^{-4}"),
        (1e4, "10^{4}"),
        (-1e-5, r"-1 \cdot 10^{-5}"),
        (32, "32"),
    ],
)
def test_a_setting_in_a_formula_keeps_all_digits(value, text):
    assert latex(value) == text


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("1.0e-07", r"1.0 \cdot 10^{-7}"),
        ("1e+06", "10^{6}"),
        ("-2.5e+10", r"-2.5 \cdot 10^{10}"),
        ("151.5", "151.5"),
        (r"\text{lost}", r"\text{lost}"),
        ("overflowed", "overflowed"),
    ],
)
def test_only_an_exponent_is_rewritten(text, formula):
    assert to_latex(text) == formula


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-1.2345, "-1.23"), (2.5e-7, r"2.5 \cdot 10^{-7}"), (float("-inf"), r"-\infty")],
)
def test_a_result_in_a_formula_has_three_digits(value, text):
    assert latex_short(value) == text
