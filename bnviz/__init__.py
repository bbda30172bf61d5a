"""Batch normalization made understood: a small network that really trains, with and without it.

A map for a newcomer::

    Settings ──run()──▶ Trace ──figure()──▶ go.Figure ──show()──▶ page

``bnviz.core``
    The mathematics: NumPy and the standard library, nothing else. Begin with ``core/bn.py``,
    plain batch normalization forward and backward; then ``core/functional``, all normalizers;
    ``core/nn``, the same as layers with state; ``core/network`` and ``core/train``.
``bnviz.labs``
    One experiment each: ``Settings`` say what, ``run`` computes it, a ``Trace`` holds every number.
``bnviz.figures``
    A trace in, a figure out. No mathematics.
``bnviz.ui``
    Everything that knows Streamlit.
``bnviz.reference``
    The one door to PyTorch, which the app itself never imports.

Examples
--------
>>> import numpy as np
>>> from bnviz import functional as F
>>> from bnviz import nn
>>> x_NC = np.array([[1.0, 10.0], [3.0, 30.0]])
>>> y_NC, cache = F.batch_norm(x_NC, eps=0.0)
>>> y_NC
array([[-1., -1.],
       [ 1.,  1.]])
>>> nn.BatchNorm1d(2, dtype=np.float64)(x_NC).round(3)
array([[-1., -1.],
       [ 1.,  1.]])
"""

from bnviz.core import functional, nn

__all__ = ["functional", "nn"]
