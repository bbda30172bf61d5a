"""All numbers of a network, as views into one flat vector.

Shape legend: L hidden layers, C their width, D inputs of a layer, P parameters.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

import numpy as np

from bnviz.core.array import Array
from bnviz.core.network.spec import Spec
from bnviz.core.weights import spectral_start


class Parameters:
    r"""All numbers that an optimizer moves, in one flat vector with a view for each of them.

    One vector makes an optimizer step a handful of NumPy calls, whatever the depth. A leading
    replica axis comes first in every view if ``lead`` is given.

    Parameters
    ----------
    lead : tuple of int, optional
        Shape in front of every parameter, for example ``(R,)`` for R replicas.

    Attributes
    ----------
    flat : array, shape (P,)
    weights : list of arrays, shape (\*lead, D, C)
        Transposed from PyTorch's ``(C, D)``, so that a layer reads ``x @ W``.
    biases : list of arrays or None, shape (\*lead, C)
        None where a layer has no bias.
    gamma, beta : arrays, shape (L, \*lead, C)
        Empty first axis where the norm has none.
    affine : array, shape (2, L, \*lead, C)
        gamma and beta as one view; RMS norm has gamma only, so the first axis is 1.
    lengths : array, shape (L, \*lead, C)
        Of the columns of the hidden weights, with weight normalization; empty without.
    singular : list of pairs of arrays, shapes (\*lead, C) and (\*lead, D)
        u and v of each hidden layer, with spectral normalization. No optimizer moves them, so they
        are not in ``flat``; ``start`` makes them.
    """

    def __init__(self, spec: Spec, dtype: np.dtype | type, lead: tuple[int, ...] = ()) -> None:
        shapes: list[tuple[int, ...]] = []
        for d, c in pairwise(spec.sizes):
            # The first weights of all replicas stand side by side, for one product (replicas.py).
            shapes += [(*lead, d, c) if shapes else (d, *lead, c), (*lead, c)]
        n_norm, n_affine = 0 if spec.norm == "none" else spec.depth, 1 if spec.norm == "rms" else 2
        shapes += [(n_affine, n_norm, *lead, spec.width), (spec.depth, *lead, spec.width)]
        keep = [True, spec.hidden_bias] * spec.depth + [True] * 3 + [spec.weight_norm == "weight"]
        ends = np.cumsum([np.prod(s, dtype=int) * k for s, k in zip(shapes, keep, strict=True)])
        self.flat: Array = np.zeros(ends[-1], dtype)
        views = [
            self.flat[end - np.prod(s, dtype=int) : end].reshape(s) if k else None
            for s, end, k in zip(shapes, ends, keep, strict=True)
        ]
        *linear, affine, lengths = views
        self.weights = [view for view in linear[::2] if view is not None]
        self.weights[0] = np.moveaxis(self.weights[0], 0, -2)
        self.biases = linear[1::2]
        assert affine is not None
        self.affine: Array = affine
        self.gamma, self.beta = affine[0], affine[1] if n_affine == 2 else affine[0, :0]
        self.lengths: Array = (
            np.empty((0, *lead, spec.width), dtype) if lengths is None else lengths
        )
        self.singular: list[tuple[Array, Array]] = []

    @classmethod
    def start(
        cls,
        spec: Spec,
        weights: Sequence[Array],
        dtype: np.dtype | type,
        lead: tuple[int, ...] = (),
    ) -> Self:
        """Return the parameters at the start: the given weights, gamma 1, beta and biases 0.

        Lengths are those of the given weights, and u and v what fifteen steps of the power
        iteration make of them.
        """
        new = cls(spec, dtype, lead)
        wanted = [w.shape for w in new.weights]
        given = [np.shape(w) for w in weights]
        if wanted != given:
            raise ValueError(f"weights must have the shapes {wanted}, got {given}")
        for view, values in zip(new.weights, weights, strict=True):
            view[...] = values
        new.gamma[...] = 1
        for layer, length in enumerate(new.lengths):
            length[...] = np.linalg.norm(new.weights[layer], axis=-2)
            if not length.all():
                raise ValueError(f"weights[{layer}] must have no column of zeros for weight_norm")
        if spec.weight_norm == "spectral":
            new.singular = [
                _singular_vectors(weight, layer) for layer, weight in enumerate(new.weights[:-1])
            ]
        return new

    @classmethod
    def spread(
        cls,
        spec: Spec,
        value: float | Array,
        dtype: np.dtype | type,
        lead: tuple[int, ...] = (),
        *,
        weights_only: bool = False,
    ) -> Self:
        """Return a number for each parameter: the ``value``, shape ``lead``, of its network.

        With ``weights_only`` it is 0 for everything but the weights.
        """
        new, value = cls(spec, dtype, lead), np.asarray(value)
        for weight in new.weights:
            weight[...] = value[..., None, None]
        if not weights_only:
            for vector in (
                new.affine,
                new.lengths,
                *(bias for bias in new.biases if bias is not None),
            ):
                vector[...] = value[..., None]
        return new


def _singular_vectors(weight: Array, seed: int) -> tuple[Array, Array]:
    r"""Return u, shape (\*lead, C), and v, shape (\*lead, D), of weights (\*lead, D, C)."""
    *lead, d, c = weight.shape
    u, v = np.empty((*lead, c), weight.dtype), np.empty((*lead, d), weight.dtype)
    for replica in np.ndindex(*lead):
        u[replica], v[replica] = spectral_start(weight[replica].T, seed)
    return u, v
