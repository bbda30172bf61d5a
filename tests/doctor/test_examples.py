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


def test_trained_again_a_network_has_the_statistics_of_its_record():
    from bnviz.doctor.examples.__main__ import barely_trained, norms

    torch.manual_seed(0)
    model, batches = barely_trained()
    record = report("short").record
    assert record.batch_sizes == tuple(len(x) for x, _ in batches)
    for bn, layer in zip(norms(model), record.layers, strict=True):
        assert int(bn.num_batches_tracked) == layer.counter
        assert bn.running_var.numpy() == pytest.approx(layer.running_var, rel=1e-2)
