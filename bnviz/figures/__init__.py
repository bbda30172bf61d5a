"""How things are drawn: the library from which the views of the labs build their figures.

A figure is a plain Plotly dict. ``theme`` holds the house palette and the small builders that every
figure uses, ``labels`` writes the names of lines where several end close together. ``frames`` says
how a figure that moves with the training step is described, ``chart`` what a stage needs beside it,
``still`` makes a Plotly object for a notebook. Nothing here knows a lab, Streamlit or mathematics.
"""
