"""A network many times over, along the leading axis that `Parameters` has room for."""

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec


def copies(spec: Spec, parameters: Parameters, n: int) -> Parameters:
    """Return the parameters of a network n times along a leading axis.

    Examples
    --------
    >>> spec = Spec(n_inputs=3, width=2, depth=1, n_classes=2)
    >>> copies(spec, Parameters(spec, np.float64), 4).weights[0].shape
    (4, 3, 2)
    """
    new = Parameters(spec, parameters.flat.dtype, (n,))
    for place, values in zip(parts(new), parts(parameters), strict=True):
        place[...] = values
    return new


def parts(parameters: Parameters) -> list[Array]:
    """Return the arrays that make up a network, with the leading axis, if any, always in front."""
    *lead, _ = parameters.affine.shape[2:]
    affine = np.moveaxis(parameters.affine, 2, 0) if lead else parameters.affine
    biases = [bias for bias in parameters.biases if bias is not None]
    return [*parameters.weights, *biases, affine]
