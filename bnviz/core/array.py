"""The type of the arrays that the core computes with."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
