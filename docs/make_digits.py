"""Rebuild ``bnviz/core/data/digits.npz`` from the copy of the digits in scikit-learn.

Run it from the project's root, in an environment that has scikit-learn (the project itself does
not need it): ``python docs/make_digits.py``. The arrays come out the same each time.
"""

from pathlib import Path

import numpy as np

SHUFFLE_SEED = 1
TARGET = Path(__file__).parents[1] / "bnviz" / "core" / "data" / "digits.npz"


def main() -> None:
    """Shuffle the 1797 images once, shrink them to bytes, and write them."""
    from sklearn.datasets import load_digits

    source = load_digits()
    order_N = np.random.default_rng(SHUFFLE_SEED).permutation(len(source.target))
    np.savez_compressed(
        TARGET,
        images=source.images[order_N].astype(np.uint8),
        labels=source.target[order_N].astype(np.uint8),
    )


if __name__ == "__main__":
    main()
