"""The check-up names the fault: of broken networks first, of two faults both, of none nothing."""

import sys
from dataclasses import replace

import pytest

from bnviz.doctor.confusion import NOTE, NOTHING, confusion
from bnviz.doctor.faults import faults
from bnviz.doctor.rules import RULES
from tests.doctor import faulty
from tests.doctor.confuse import count, first_of_broken, first_of_well
from tests.doctor.faulty import BREAKS
from tests.doctor.healthy import WAYS
from tests.doctor.networks import KINDS, Case, batches, healthy, norms, train, trained

SEED = 3
LEFT_OUT = 4  # of the kinds, one after another
BROKEN = [(c, k) for i, c in enumerate(BREAKS) for j, k in enumerate(KINDS) if (i - j) % LEFT_OUT]


def test_each_fault_has_a_rule_and_networks_that_have_it():
    assert list(RULES) == list(BREAKS) == list(faults())


@pytest.mark.checks(
    "the check-up names the fault of a broken network first",
    how="22 faults in 3 kinds of networks each",
    tolerance="no exception",
)
@pytest.mark.parametrize(("code", "kind"), BROKEN)
def test_the_fault_is_the_first_finding(code, kind):
    assert first_of_broken(code, kind, SEED) == code


@pytest.mark.checks(
    "the check-up warns of nothing in a healthy network",
    how="17 ways of being well in 4 kinds of networks",
    tolerance="no exception",
)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_healthy_network_gets_no_warning(way, kind):
    assert first_of_well(way, kind, SEED) in (NOTHING, NOTE)


def codes(case):
    """Return the codes of all findings."""
    return [finding.code for finding in case.findings()]


def frozen_and_stale():
    case = faulty.stale_statistics("mlp", SEED)
    case.model.train()
    for bn in norms(case.model):
        bn.requires_grad_(requires_grad=False)
    return case


def decayed_and_small():
    case = faulty.decayed_affine("sequence", SEED)
    return replace(case, loader=faulty.batch_too_small("sequence", SEED).loader)


def double_and_broken():
    case = faulty.non_finite_statistics("residual", SEED)
    return Case(faulty.Checkpointed(case.model).train(), case.loader)


def shared_and_biased():
    net = faulty.TwoStreams(trained("mlp", SEED, bias=True))
    return Case(train(net, batches("mlp", SEED), epochs=3).eval(), batches("mlp", SEED))


def forgetting_and_shifted():
    case = faulty.shifted_data("vision", SEED)
    for bn in norms(case.model):
        bn.momentum = 0.99
    return case


def dead_and_apart():
    return replace(faulty.dead_channels("residual", SEED), world_size=8)


@pytest.mark.parametrize(
    ("make", "both"),
    [
        (decayed_and_small, {"decayed-affine", "batch-too-small"}),
        (double_and_broken, {"double-update", "non-finite-statistics"}),
        (shared_and_biased, {"shared-layer", "useless-bias"}),
        (forgetting_and_shifted, {"last-batch-statistics", "shifted-data"}),
        (frozen_and_stale, {"updates-while-frozen", "stale-statistics"}),
        (dead_and_apart, {"dead-channels", "unsynchronized"}),
    ],
)
def test_of_two_faults_both_are_found(make, both):
    assert both <= set(codes(make()))


def test_what_costs_the_most_comes_first():
    found = frozen_and_stale().findings()
    assert found[0].code == "stale-statistics"
    assert found[0].severity == "error"
    harm = found[0].evidence["loss_now"] - found[0].evidence["loss_better"]
    assert found[0].evidence["loss_harm"] == pytest.approx(harm)
    assert found[0].evidence["loss_harm"] > 0
    assert [f.severity for f in found] == sorted(
        (f.severity for f in found), key=["error", "warning", "note"].index
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_in_one_layer_is_found_there(kind):
    case = healthy(kind, SEED)
    bn = norms(case.model)[-1]
    bn.reset_running_stats()
    name = next(name for name, module in case.model.named_modules() if module is bn)
    (finding,) = case.findings()
    assert (finding.code, finding.layers) == ("never-updated", (name,))


def test_the_recorded_table_is_whole():
    table = confusion()
    cases = len(table.kinds) * len(table.seeds)
    assert {code: sum(row.values()) for code, row in table.first.items()} == dict.fromkeys(
        faults(), cases
    )
    assert sum(table.healthy.values()) == len(WAYS) * cases
    assert table.right >= 0.98 * table.broken
    assert table.false_alarms <= 0.01 * sum(table.healthy.values())
    sys.stdout.write("\n".join(table.lines()) + "\n")  # seen with -s


@pytest.mark.long
def test_the_recorded_table_is_what_is_found():
    again = count()
    assert again["first"] == confusion().first
    assert again["healthy"] == confusion().healthy
