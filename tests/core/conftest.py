"""What the tests of the trainer share: a small problem, and kinds of networks to solve it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer

N_EXAMPLES = 96


@pytest.fixture(scope="session")
def examples() -> tuple[np.ndarray, np.ndarray]:
    """96 examples, 5 features of different means and scales, in 3 classes that can be learnt."""
    rng = np.random.default_rng(7)
    x = rng.normal([0, 1, -2, 0.5, 0], [1, 0.5, 2, 1, 0.1], (N_EXAMPLES, 5))
    return x, (x[:, 0] + x[:, 1] > 1).astype(int) + (x[:, 2] > -2)


@pytest.fixture(scope="session")
def make_trainer(examples) -> Callable[..., Trainer]:
    """Give a function that makes a trainer on the examples; what it does not name goes to Spec."""

    def make(
        *,
        n: int = 16,
        n_steps: int = 50,
        seed: int = 0,
        init_scale: float = 1.0,
        dtype: type = np.float64,
        **fields: Any,
    ) -> Trainer:
        spec = Spec(
            **{"n_inputs": 5, "width": 8, "depth": 3, "n_classes": 3, "n_groups": 2} | fields
        )
        weights = mlp_weights(spec.sizes, spec.activation, init_scale, seed)
        order = batch_order(N_EXAMPLES, n, n_steps, seed)
        return Trainer(spec, weights, *examples, order, dtype=dtype)

    return make
