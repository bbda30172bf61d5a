"""A network of the core as layers of ``bnviz.nn``: another way to the same numbers."""

import numpy as np

from bnviz.core import nn

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def as_layers(spec, parameters, running_stats=None, **options):
    """Build a network with batch norm of layers in training mode, in the dtype of its weights.

    The options go to the batch norm layers, whose running statistics may be given.
    """
    p, layers, dtype = parameters, [], parameters.weights[0].dtype
    for k in range(spec.depth):
        norm = nn.BatchNorm1d(spec.width, eps=spec.eps, dtype=dtype, **options)
        norm.weight[...], norm.bias[...] = p.gamma[k], p.beta[k]
        if running_stats is not None:
            norm.running_mean[...], norm.running_var[...] = running_stats[:, k]
        activation = ACTIVATIONS[spec.activation]()
        pair = [norm, activation] if spec.placement == "before" else [activation, norm]
        layers += [linear(p.weights[k], p.biases[k]), *pair]
    return nn.Sequential(*layers, linear(p.weights[-1], p.biases[-1]))


def linear(weight_DC, bias_C):
    """Build a linear layer; without a bias it is zero."""
    layer = nn.Linear(*weight_DC.shape, dtype=weight_DC.dtype)
    layer.weight[...], layer.bias[...] = weight_DC.T, 0 if bias_C is None else bias_C
    return layer


def statistics(net):
    """Return the running means and variances of the batch norm layers, shape (2, L, C)."""
    norms = [layer for layer in net.layers if isinstance(layer, nn.BatchNorm1d)]
    return np.array([[n.running_mean for n in norms], [n.running_var for n in norms]])
