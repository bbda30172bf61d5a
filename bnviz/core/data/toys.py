"""Four seeded sets of points in the plane, each a question that a straight line cannot answer.

Shapes: N points, 2 coordinates. Every function returns ``n_points`` points over all classes,
``(x_N2, labels_N)`` as float64 and int64, with the classes equally frequent (to one point) and the
points in random order; the same arguments give the same points. ``noise`` is the standard deviation
of Gaussian noise, the same in both coordinates and in their unit. More noise means more points on
the wrong side, which no classifier can get right.
"""

import numpy as np
from numpy.typing import NDArray

Points = tuple[NDArray[np.float64], NDArray[np.int64]]


def spirals(n_points: int, noise: float = 0.08, *, seed: int = 0) -> Points:
    """Draw three spiral arms around the origin, one class each; an arm is 1 long.

    Near the centre the arms meet, so that a perfect score is not possible with noise.

    Examples
    --------
    >>> x_N2, labels_N = spirals(300, noise=0.0)
    >>> np.bincount(labels_N).tolist(), bool(np.hypot(*x_N2.T).max() <= 1.0)
    ([100, 100, 100], True)
    """
    rng = np.random.default_rng(seed)
    labels_N = _labels(n_points, 3, rng)
    radius_N = rng.uniform(0.1, 1.0, n_points)
    angle_N = 2.0 * np.pi * (0.75 * radius_N + labels_N / 3.0)
    return _noisy(_polar(radius_N, angle_N), noise, rng), labels_N


def circles(n_points: int, noise: float = 0.13, *, seed: int = 0) -> Points:
    """Draw two circles around the origin: class 0 has radius 1, class 1 has radius 0.5.

    Examples
    --------
    >>> x_N2, labels_N = circles(4, noise=0.0)
    >>> np.allclose(np.hypot(*x_N2.T), 1.0 - 0.5 * labels_N)
    True
    """
    rng = np.random.default_rng(seed)
    labels_N = _labels(n_points, 2, rng)
    angle_N = rng.uniform(0.0, 2.0 * np.pi, n_points)
    radius_N = np.where(labels_N == 0, 1.0, 0.5)
    return _noisy(_polar(radius_N, angle_N), noise, rng), labels_N


def moons(n_points: int, noise: float = 0.2, *, seed: int = 0) -> Points:
    """Draw two half circles of radius 1 that reach into each other.

    Class 0 is the upper moon around (0, 0), class 1 the lower one around (1, 0.5). The easiest of
    the four: already a straight line gets more than 80% of the points right.

    Examples
    --------
    >>> x_N2, labels_N = moons(100, noise=0.0)
    >>> bool((x_N2[labels_N == 0, 1] >= 0.0).all()), bool((x_N2[labels_N == 1, 1] <= 0.5).all())
    (True, True)
    """
    rng = np.random.default_rng(seed)
    labels_N = _labels(n_points, 2, rng)
    angle_N = rng.uniform(0.0, np.pi, n_points) + np.pi * labels_N
    centre_N2 = labels_N[:, None] * np.array([1.0, 0.5])
    return _noisy(_polar(np.ones(n_points), angle_N) + centre_N2, noise, rng), labels_N


def xor(n_points: int, noise: float = 0.04, *, seed: int = 0) -> Points:
    """Draw points in a square from -1 to 1: class 1 where the signs of the coordinates differ.

    No straight line does better than chance by much: each class lies in opposite corners. The noise
    is added after the class is fixed.

    Examples
    --------
    >>> x_N2, labels_N = xor(100, noise=0.0)
    >>> bool(((x_N2.prod(axis=1) < 0.0) == labels_N).all())
    True
    """
    rng = np.random.default_rng(seed)
    labels_N = _labels(n_points, 2, rng)
    x_N2 = rng.uniform(0.0, 1.0, (n_points, 2))
    x_N2[:, 1] *= 1.0 - 2.0 * labels_N
    return _noisy(x_N2 * rng.choice([-1.0, 1.0], (n_points, 1)), noise, rng), labels_N


def _labels(n_points: int, n_classes: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw labels in random order, each class equally often (to one point)."""
    return rng.permutation(np.arange(n_points, dtype=np.int64) % n_classes)


def _polar(radius_N: NDArray[np.float64], angle_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn polar coordinates into points, shape (N, 2)."""
    return np.stack([radius_N * np.cos(angle_N), radius_N * np.sin(angle_N)], axis=1)


def _noisy(
    x_N2: NDArray[np.float64], noise: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Add Gaussian noise with standard deviation `noise` to both coordinates."""
    return x_N2 + noise * rng.standard_normal(x_N2.shape)
