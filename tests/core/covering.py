"""A selection of combinations in which every pair of values meets at least once."""

from itertools import combinations

from bnviz.core.network.spec import (
    ACTIVATIONS,
    DROPOUT_POSITIONS,
    NORMS,
    OPTIMIZERS,
    PLACEMENTS,
    WEIGHT_NORMS,
)

LR = {"sgd": 0.1, "momentum": 0.05, "adam": 0.01}


def pairwise(**factors):
    """Give combinations of the factors' values, as dicts, that hold every pair of values.

    For ten factors of a few values each it takes some dozens, where the full product would take
    hundreds of thousands. The same factors always give the same combinations.
    """
    names = list(factors)
    left = {
        frozenset({(a, x), (b, y)})
        for a, b in combinations(names, 2)
        for x in factors[a]
        for y in factors[b]
    }
    rows = []
    while left:
        row = dict(min(left, key=lambda pair: sorted(map(str, pair))))
        for name in names:
            if name not in row:
                row[name] = max(factors[name], key=lambda v: _n_new(left, row, (name, v)))
        left -= {frozenset(pair) for pair in combinations(row.items(), 2)}
        rows.append({name: row[name] for name in names})
    return rows


def _n_new(left, row, candidate):
    return sum(frozenset({item, candidate}) in left for item in row.items())


def name_of(kind):
    """Give a short name of a combination."""
    return "-".join(map(str, kind.values()))


OPTIONS = {
    "norm": NORMS,
    "optimizer": OPTIMIZERS,
    "activation": ACTIVATIONS,
    "placement": PLACEMENTS,
    "momentum": (0.1, None),
    "weight_decay": (0.0, 0.05),
    "skip": (False, True),
    "dropout": (0.0, 0.3),
    "dropout_position": DROPOUT_POSITIONS,
    "weight_norm": WEIGHT_NORMS,
}
KINDS = pairwise(**OPTIONS)
"""Fields of ``Spec``: each pair of the values above meets in at least one of these networks."""
