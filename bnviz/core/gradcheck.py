"""Check a backward pass against central differences of its forward pass.

The cotangent is random. The sum of the outputs would not do as a loss: batch norm's true gradient
under it is zero, and most wrong backward passes then look right.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnviz.core.array import Array

Forward = Callable[..., tuple[Any, Any]]
Backward = Callable[[Any, Any], Sequence[Any]]

TOLERANCE = 1e-6
"""Largest error that passes; steps of 1e-5 are right to about 1e-9 where values are near 1."""


@dataclass(frozen=True)
class Check:
    """Hold what a check of a backward pass found.

    Attributes
    ----------
    cotangent : int
        Seed of the random gradient at the output.
    errors : dict of str to float
        For each input, as `gradient_errors` gives them.
    n_passes : int
        Forward passes that were needed.
    """

    cotangent: int
    errors: dict[str, float]
    n_passes: int

    @property
    def passed(self) -> bool:
        """Whether every gradient passed."""
        return max(self.errors.values()) <= TOLERANCE


def central_differences(
    function: Callable[[Array], Any], x: Array, dy: Array, step: float = 1e-5
) -> Array:
    """Estimate the gradient of ``(dy * function(x)).sum()`` by moving one value at a time.

    Parameters
    ----------
    function : callable
        From an array like ``x`` to an array like ``dy``.
    x : array
        Where the gradient is wanted; computed in float64, never modified.
    dy : array
        The cotangent.
    step : float
        How far a value is moved each way.

    Notes
    -----
    The error falls with the square of ``step`` until rounding takes over. Around 1e-5 both are
    small in float64, if values and slopes are near 1. Takes two forward passes for each value.

    Examples
    --------
    >>> central_differences(lambda x: x**2, np.array([3.0]), np.array([1.0])).round(6)
    array([6.])
    """
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        value = x[i]
        x[i] = value + step
        above = (dy * function(x)).sum()
        x[i] = value - step
        below = (dy * function(x)).sum()
        x[i] = value
        gradient[i] = (above - below) / (2 * step)
    return gradient


def gradient_errors(
    forward: Forward,
    backward: Backward,
    inputs: Mapping[str, Array],
    *,
    seed: int = 0,
    step: float = 1e-5,
) -> dict[str, float]:
    """Compare every gradient that a backward pass gives with central differences.

    Parameters
    ----------
    forward : callable
        ``forward(**inputs) -> (y, cache)``. It must give the same again when called again.
    backward : callable
        ``backward(dy, cache)`` gives the gradients in the order of ``inputs``.
    inputs : mapping of str to array
        Computed in float64, never modified.
    seed : int
        Of the random cotangent.
    step : float
        As in :func:`central_differences`.

    Returns
    -------
    dict of str to float
        For each input the largest difference, divided by the largest numerical gradient of that
        input (no division where all of it is below 1e-3).

    Raises
    ------
    ValueError
        If a gradient is not shaped like its input.

    Notes
    -----
    With a right backward pass and a smooth function the errors are below 1e-7. At a kink, such as
    ReLU's, differences say nothing: keep the inputs away from it.

    Examples
    --------
    >>> from bnviz.core.functional import batch_norm, batch_norm_backward
    >>> rng = np.random.default_rng(0)
    >>> inputs = {"x": rng.normal(size=(5, 2)), "gamma": np.ones(2), "beta": np.zeros(2)}
    >>> errors = gradient_errors(batch_norm, batch_norm_backward, inputs)
    >>> list(errors), max(errors.values()) < 1e-7
    (['x', 'gamma', 'beta'], True)
    """
    arrays = {name: np.array(a, np.float64) for name, a in inputs.items()}
    y, cache = forward(**arrays)
    # A stream of its own: inputs drawn with the same seed would give a dy that is no longer random.
    dy = np.random.default_rng([seed, 2]).standard_normal(np.shape(y))
    errors = {}
    for (name, a), gradient in zip(arrays.items(), backward(dy, cache), strict=True):
        if np.shape(gradient) != a.shape:
            raise ValueError(f"d{name} must have the shape {a.shape}, got {np.shape(gradient)}")

        def move(value: Array, name: str = name) -> Any:
            return forward(**arrays | {name: value})[0]

        numerical = central_differences(move, a, dy, step)
        largest = np.abs(numerical).max()
        scale = largest if largest > 1e-3 else 1.0
        errors[name] = float(np.abs(gradient - numerical).max() / scale)
    return errors
