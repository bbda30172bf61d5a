"""A row of the table of numbers."""

Row = tuple[str, str, float, float]
"""What it is, of which network, where (a step, a distance), and its value."""
HEADINGS = ("what", "network", "at", "value")
