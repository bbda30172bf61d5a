"""Batch normalization made understood: a small network that really trains, with and without it.

A map for a newcomer::

    Settings ──arm()──▶ Arm ──worker──▶ Trace ──View──▶ sentence, charts, table ──▶ page

``bnviz.core``
    The mathematics: NumPy and the standard library, nothing else. Begin with ``core/bn.py``,
    plain batch normalization forward and backward; then ``core/functional``, all normalizers;
    ``core/nn``, the same as layers with state; ``core/network`` and ``core/train``.
``bnviz.labs``
    A folder for each lab. ``Settings`` say what, a measure computes it, and a ``View``, in a file
    ``*_view.py``, holds all that a reader of it meets. Begin with ``labs/lab.py``, ``labs/view.py``
    and ``labs/arm.py``; then read one lab, such as ``labs/why``.
``bnviz.figures``
    How things are drawn: the library of the views. It knows no lab and does no mathematics.
``bnviz.settings`` and ``bnviz.marks``
    What a setting is: its bounds, its words, its place in a link.
``bnviz.numerals``
    How numbers are written for readers.
``bnviz.claims``
    The ledger of claims, each with its verdict, its sources, its lab and its tests.
``bnviz.export``
    What a reader takes home: a run as PyTorch code of its own, and its numbers.
``bnviz.ui``
    Everything that knows Streamlit.
``bnviz.reference``
    PyTorch, for comparison; the server imports it without PyTorch itself.
``bnviz.doctor``
    The check-up of a PyTorch model of one's own. It needs NumPy and PyTorch alone.

``docs/changes.md`` lists the files of six common changes.

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

__all__ = ["__version__", "functional", "nn"]

__version__ = "0.1.0"
