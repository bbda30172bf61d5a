"""The page "How do we know?" without a browser, with PyTorch's answers put in its place."""

import itertools
import re
from concurrent.futures import Future

import pytest

from bnviz import reference
from bnviz.doctor.confusion import confusion
from bnviz.doctor.faults import faults
from bnviz.labs.proof import LAYERS, Settings, checks, draw
from bnviz.labs.proof.problem import Problem, solve
from bnviz.labs.proof.record import record
from bnviz.ui import comparison, torch_worker
from tests.ui.pages import opened, well, words


class StandIn:
    """Answers at once, with what a right PyTorch would answer."""

    def __init__(self):
        self.asked = []
        self.future = None

    def ask(self, key, function, arguments, dy):
        self.asked.append(key)
        if self.future is not None:
            return self.future
        found = solve(Problem(function, arguments, dy), key)
        if key.tracks and key.training:
            x = arguments["x"]
            axes = (0, *range(2, x.ndim))
            found |= {"batch_mean": x.mean(axes), "batch_var": x.var(axes, ddof=1)}
        future = Future()
        future.set_result(found)
        return future


@pytest.fixture
def stand_in(monkeypatch):
    """Put a stand-in where the page asks PyTorch."""
    worker = StandIn()
    monkeypatch.setattr(torch_worker, "pytorch", lambda: worker)
    monkeypatch.setattr(reference, "torch_version", lambda: "9.9.9+cpu")
    return worker


def table(at):
    """Return the HTML of the comparison on the page."""
    (found,) = (e.proto.body for e in at.get("html") if "<table" in e.proto.body)
    return found


def rows(at):
    """Return {quantity: passed} of the table on the page."""
    found = re.findall(r"data-row='(\w+)' data-passed='(\w+)'", table(at))
    return {name: passed == "true" for name, passed in found}


def test_at_first_sight_it_says_yes(stand_in):
    at = opened("proof")
    assert "**Yes.** BatchNorm2d in float64" in words(at)
    assert "Live: input 8 × 4 × 4 × 4, PyTorch 9.9.9 in a process of its own" in words(at)
    assert rows(at) == dict.fromkeys(
        ("y", "dx", "dgamma", "dbeta", "running_mean", "running_var"), True
    )
    assert stand_in.asked


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_mode_and_precision_is_drawn(layer):
    at = opened("proof", layer=layer)
    for dtype, mode in itertools.product(("float32", "float64"), ("train", "eval")):
        at.segmented_control(key="proof_dtype").set_value(dtype)
        at.segmented_control(key="proof_mode").set_value(mode)
        well(at.run())
        assert all(rows(at).values())
        assert f"**Yes.** {LAYERS[layer]} in {dtype}" in words(at)


def test_a_switch_of_convention_marks_what_it_changes_and_asks_nothing_new(stand_in):
    at = opened("proof")
    at.segmented_control(key="proof_convention").set_value("keras")
    well(at.run())
    assert table(at).count("Keras momentum") == table(at).count("converted from") == 2
    assert all(rows(at).values())
    assert "Bit for bit the same: output y, dx, dγ, dβ." in words(at)
    assert len(set(stand_in.asked)) == 1


def test_a_wrong_answer_is_called_wrong(stand_in):
    problem = draw(Settings())
    answer = stand_in.ask(Settings(), problem.function, problem.arguments, problem.dy).result()
    stand_in.future = Future()
    stand_in.future.set_result(answer | {"dx": answer["dx"] * 1.01})
    at = opened("proof")
    assert "**No.**" in words(at)
    assert rows(at) == {name: name != "dx" for name in rows(at)}


def test_while_pytorch_starts_the_record_is_shown(stand_in):
    stand_in.future = Future()
    at = opened("proof", layer="ln")
    assert "PyTorch is starting. Until then: recorded on" in words(at)
    assert rows(at) == {r.name: True for r in record().rows["ln", "float64", "train"]}


def test_where_pytorch_is_not_installed_the_page_says_so(stand_in, monkeypatch):
    monkeypatch.setattr(reference, "torch_version", lambda: None)
    at = opened("proof", convention="keras")
    said = words(at)
    assert "PyTorch is not installed on this server. What you see was recorded on" in said
    assert record().versions["torch"] in said
    assert all(rows(at).values())
    assert "Bit for bit the same" in said
    assert stand_in.asked == []
    at.button(key="proof_repeat").click()
    assert "**Pass.**" in words(well(at.run()))


def test_an_answer_that_failed_is_told(stand_in):
    stand_in.future = Future()
    stand_in.future.set_exception(MemoryError())
    at = opened("proof")
    assert "PyTorch could not answer (MemoryError)" in words(at)
    assert all(rows(at).values())


@pytest.mark.usefixtures("stand_in")
def test_finite_differences_come_on_a_button_and_each_click_draws_anew():
    at = opened("proof")
    assert "**Pass.**" not in words(at)
    said = []
    for k in (1, 2):
        at.button(key="proof_repeat").click()
        well(at.run())
        (sentence,) = (e.value for e in at.markdown if "**Pass.**" in e.value)
        assert sentence.endswith(f"cotangent {k}.")
        said.append(sentence)
    assert said[0].split(";")[0] != said[1].split(";")[0]


@pytest.mark.usefixtures("stand_in")
def test_what_does_not_go_together_opens_with_the_nearest_and_says_so():
    at = opened("proof", layer="in", space="1", batch_size="999", groups="many")
    said = words(at)
    for sentence in ("Side = 2 is used", "999", "32 is used", "many"):
        assert sentence in said
    assert "Live: input 32 × 4 × 2 × 2" in said
    assert all(rows(at).values())


@pytest.mark.usefixtures("stand_in")
def test_the_table_of_checks_is_the_collected_one():
    at = opened("proof")
    diagnoses, listed = at.dataframe
    assert list(listed.value["What"]) == [check.what for check in checks()]
    assert list(listed.value.columns) == ["What", "How", "Tolerance", "Test"]
    assert list(diagnoses.value["What is wrong"]) == [*faults(), "none"]
    assert f"named the fault first in {confusion().right}" in words(at)


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("end", [0, -1])
def test_both_ends_of_each_control_can_be_drawn(end):
    at = opened("proof", layer="gn")
    for slider in at.select_slider:
        slider.set_value(slider.options[end])
        well(at.run())
    assert all(rows(at).values())


def test_digits_are_marked_from_the_first_difference_on():
    assert comparison._apart(1.25, 1.75) == ("1.<b>25</b>", "1.<b>75</b>")
    assert comparison._apart(0.5, 0.5) == ("0.5", "0.5")
    assert comparison._apart(None, None) == ("–", "–")
