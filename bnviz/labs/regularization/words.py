"""What the views of this lab say alike."""

LEARNING = "The networks are learning the digits."
TOLD = {"none": "without norm", "bn": "with BN", "ln": "with LN"}
"""A norm inside a sentence."""
