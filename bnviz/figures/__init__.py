"""Figures: pure functions from a trace to a plain Plotly dict.

``theme`` holds the house palette and the small builders that every figure uses, ``labels`` writes
the names of lines where several end close together. ``frames`` says how a figure that moves with
the training step is described, ``chart`` what a stage needs beside it. The other modules hold the
figures of one lab each. Nothing here computes more than a slice or a format, and nothing here knows
Streamlit.
"""
