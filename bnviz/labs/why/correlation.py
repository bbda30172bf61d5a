"""Correlations of the units of one layer: before batch norm, after it, and after whitening.

Shape legend: N images, C units.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.functional import batch_norm
from bnviz.core.network.init import mlp_weights
from bnviz.labs.why.learner import WIDTH
from bnviz.labs.why.settings import Settings

N_IMAGES = 256


@dataclass(frozen=True, eq=False)
class Correlation:
    """Three correlation matrices of the first layer before training.

    Attributes
    ----------
    before, after, whitened : arrays, shape (C, C)
        Of the outputs of the linear layer, of batch norm, and of ZCA whitening.
    """

    before: Array
    after: Array
    whitened: Array

    @property
    def changed(self) -> float:
        """Return the largest change of a correlation by batch norm."""
        return float(np.abs(self.after - self.before).max())

    @property
    def left(self) -> float:
        """Return the largest correlation of two units that whitening leaves."""
        return largest(self.whitened)


def largest(matrix_CC: Array) -> float:
    """Return the largest entry off the diagonal, without its sign.

    Examples
    --------
    >>> largest(np.array([[1.0, -0.5], [-0.5, 1.0]]))
    0.5
    """
    return float(np.abs(matrix_CC - np.diag(np.diag(matrix_CC))).max())


def measure(settings: Settings) -> Correlation:
    """Measure the correlations on 256 training images."""
    x_ND = data.load("digits").x_train[:N_IMAGES].astype(np.float64)
    (weight_DC,) = mlp_weights((64, WIDTH), "relu", 1.0, settings.seed)
    z_NC = x_ND @ weight_DC
    y_NC, _ = batch_norm(z_NC, np.ones(WIDTH), np.zeros(WIDTH))
    return Correlation(*(_correlations(a_NC) for a_NC in (z_NC, y_NC, zca(z_NC))))


def _correlations(a_NC: Array) -> Array:
    return np.asarray(np.corrcoef(a_NC.T))


def zca(x_NC: Array) -> Array:
    """Whiten: rotate to the axes of the covariance, divide by their lengths, and rotate back.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the covariance has no inverse, as with fewer examples than units.

    Notes
    -----
    ZCA is the whitening that moves the data least. Source: Kessy, Lewin & Strimmer 2018.

    Examples
    --------
    >>> y = zca(np.array([[1.0, 1.0], [-1.0, -1.0], [2.0, -1.0], [0.0, 1.0]]))
    >>> np.abs(np.cov(y.T, bias=True) - np.eye(2)).max() < 1e-12
    np.True_
    """
    centred_NC = x_NC - x_NC.mean(0)
    variances_C, axes_CC = np.linalg.eigh(centred_NC.T @ centred_NC / len(x_NC))
    if variances_C[0] <= 1e-12 * variances_C[-1]:
        raise np.linalg.LinAlgError("the covariance has no inverse")
    return centred_NC @ (axes_CC / np.sqrt(variances_C)) @ axes_CC.T
