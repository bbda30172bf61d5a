"""The selection of networks really holds every pair of options, and few networks."""

from itertools import combinations, product

from tests.core.covering import KINDS, OPTIONS, pairwise


def test_every_pair_meets():
    for (a, values_a), (b, values_b) in combinations(OPTIONS.items(), 2):
        met = {(kind[a], kind[b]) for kind in KINDS}
        assert met == set(product(values_a, values_b))


def test_they_are_few_and_always_the_same():
    assert len(KINDS) < 50
    assert pairwise(**OPTIONS) == KINDS
    assert len({tuple(kind.values()) for kind in KINDS}) == len(KINDS)
