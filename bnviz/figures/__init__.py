"""Figures: pure functions from a trace to a plain Plotly dict.

``theme`` holds the house palette and the small builders that every figure uses, ``frames`` says how
a figure that moves with the training step is described. The other modules hold the figures of one
lab each. Nothing here computes more than a slice or a format, and nothing here knows Streamlit.
"""
