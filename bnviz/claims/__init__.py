"""The ledger: what texts say about batch normalization, and what became of it when it was run.

The claims are prose and no code, so they stand in TOML files, one for each section, and are read
with the standard library. A claim names its lab and its tests; `tests/test_claims.py` holds it to
that.
"""

from bnviz.claims.claim import READ, TEXTS, VERDICTS, Claim, Place, Reference
from bnviz.claims.ledger import count, ledger, sections, selected

__all__ = [
    "READ",
    "TEXTS",
    "VERDICTS",
    "Claim",
    "Place",
    "Reference",
    "count",
    "ledger",
    "sections",
    "selected",
]
