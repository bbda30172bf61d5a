"""What happens between the layers: dropout, and the way around a layer.

Shape legend: N batch, U units.
"""

from collections.abc import Sequence

import numpy as np
from numpy import add, multiply

from bnviz.core.array import Array
from bnviz.core.train.kernels.bound import Bound


def bind_dropout(x_NU: Array, mask_NU: Array, y_NU: Array, grad_NU: Array) -> Bound:
    """Bind ``y = x * mask``. The mask is drawn anew before each step."""

    def forward() -> None:
        multiply(x_NU, mask_NU, y_NU)

    def backward() -> None:
        multiply(grad_NU, mask_NU, grad_NU)

    return forward, backward


def bind_skip(
    block: Sequence[Bound], x_NU: Array, branch_NU: Array, y_NU: Array, grad_NU: Array, dx_NU: Array
) -> list[Bound]:
    """Bind ``y = x + branch``, where the block leads from ``x`` to ``branch``.

    ``grad_NU`` holds the gradient of ``y`` before the block's backward pass, and ``dx_NU`` receives
    that of ``x``: through the block, and past it.
    """
    past_NU = np.empty_like(grad_NU)

    def fork() -> None:
        """Do nothing: both ways read the same array."""

    def join() -> None:
        add(x_NU, branch_NU, y_NU)

    def join_back() -> None:
        past_NU[...] = grad_NU

    def fork_back() -> None:
        add(dx_NU, past_NU, dx_NU)

    return [(fork, fork_back), *block, (join, join_back)]
