"""A check-up of a network with normalization layers: what can be wrong, and how to see it.

It stands alone: it needs NumPy, and PyTorch only where a model is examined::

    from bnviz.doctor import examine

    report = examine(model, loader)
    print(report)

``record`` is what is measured, ``measure`` how; ``rules`` judge a record, ``thresholds`` says from
where on; ``faults`` is the catalogue.
"""

from bnviz.doctor.file import Unreadable
from bnviz.doctor.refusal import Refusal
from bnviz.doctor.report import Report, examine

__all__ = ["Refusal", "Report", "Unreadable", "examine"]
