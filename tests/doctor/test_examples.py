"""The recorded check-ups are those that the module makes, and find what was broken."""

import pytest

from bnviz.doctor.examples import EXAMPLES, report
from tests.doctor.needed import torch


def test_each_example_has_a_maker_and_a_report():
    from bnviz.doctor.examples.__main__ import MADE

    assert list(MADE) == [one.name for one in EXAMPLES]
    for one in EXAMPLES:
        assert report(one.name).findings[0].code == one.code
    with pytest.raises(ValueError, match=r"name must be one of .* got 'x'"):
        report("x")


def test_made_again_an_example_finds_the_same():
    from bnviz.doctor.examples.__main__ import short

    torch.manual_seed(0)
    again, recorded = short(), report("short")
    assert [f.code for f in again.findings] == [f.code for f in recorded.findings]
    for one, other in zip(again.record.layers, recorded.record.layers, strict=True):
        assert (one.name, one.counter) == (other.name, other.counter)
        assert one.running_var == pytest.approx(other.running_var, rel=1e-2)
