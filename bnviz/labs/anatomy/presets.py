"""Batches worth a look. What each sentence says is tested."""

from bnviz.labs.anatomy.settings import Settings
from bnviz.labs.preset import Preset

PRESETS = (
    Preset(
        "Two are enough for ±1",
        "A batch of two comes out as −1 and 1, whatever its values are.",
        Settings(values=(3.0, 300.0)),
    ),
    Preset(
        "One is not enough",
        "A batch of one has no spread. PyTorch refuses it in training, and so does this layer.",
        Settings(values=(3.0,)),
    ),
    Preset(
        "One far from the rest",
        "Eleven zeros and one large value: x̂ of the large one is √11 ≈ 3.3, however large it is.",
        Settings(values=(0.0,) * 11 + (1000.0,)),
    ),
    Preset(
        "All the same",
        "A constant feature has variance 0. Epsilon keeps the division safe, and y is β.",
        Settings(values=(7.0,) * 4, beta=1.0),
    ),
    Preset(
        "Divided by the variance",
        "A common slip. The spread is then 1/σ, and the unit of x does not cancel.",
        Settings(values=(3.0, 300.0), divide="var"),
    ),
)
"""In the order of the menu."""
