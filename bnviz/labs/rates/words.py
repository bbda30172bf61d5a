"""What the views of this lab say alike."""

TRAINING = "The networks are training, row by row."
HEADINGS = ("what", "norm", "initial scale", "learning rate", "step", "value")
LABELS = {"none": "no norm", "bn": "BN"}
Row = tuple[str, str, float, float, int, float]
"""A row of the table; its value is NaN after a divergence."""
