"""Demonstrations of the faults of normalization layers: each broken, and repaired."""

from collections.abc import Mapping

from bnviz.labs.doctor.batches_view import VIEWS as OF_BATCHES
from bnviz.labs.doctor.buffers_view import VIEWS as OF_BUFFERS
from bnviz.labs.doctor.folding_view import VIEWS as OF_FOLDING
from bnviz.labs.doctor.layer_view import VIEWS as OF_LAYERS
from bnviz.labs.doctor.modes_view import VIEWS as OF_MODES
from bnviz.labs.doctor.settings import Settings
from bnviz.labs.view import View

__all__ = ["DEMONSTRATIONS", "Settings"]

_GROUPS = (OF_MODES, OF_BUFFERS, OF_BATCHES, OF_LAYERS, OF_FOLDING)
DEMONSTRATIONS: Mapping[str, tuple[View, ...]] = {
    code: tuple(view for group in _GROUPS for view in group.get(code, ()))
    for code in dict.fromkeys(code for group in _GROUPS for code in group)
}
"""Code of a fault -> what makes it happen."""
