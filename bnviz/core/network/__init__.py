"""A multilayer perceptron: what it is, its numbers, and how examples go through it.

``spec`` describes it, ``init`` draws its weights, ``parameters`` holds all its numbers, and
``passes`` sends examples forward and gradients back. ``norms`` and ``effective_weights`` are what
``passes`` calls for each layer.
"""
