"""What the views of this lab say alike."""

LEARNING = "The networks are learning the digits."
TOLD = {"none": "without norm", "bn": "with BN", "ln": "with LN"}
"""A norm inside a sentence."""


def percent(share: float) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.8311)
    '83%'
    """
    return f"{100 * share:.0f}%"
