"""What the views of this lab say alike."""

import numpy as np

TRAINING = "The networks are learning the digits."
HEADINGS = ("what", "method", "at", "value")


def percent(share: float) -> str:
    """Return a share for a reader; "nan" where there is none."""
    return "nan" if np.isnan(share) else f"{share:.0%}"
