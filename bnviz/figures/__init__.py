"""The library of figures: pure functions that return parts of plain Plotly dicts.

``theme`` holds the palette and the builders that every figure uses, ``frames`` describes a figure
that moves with the training step, ``chart`` what a stage needs beside it. The other modules draw
what several labs draw. Nothing here computes more than a slice or a format, and nothing here knows
a lab or Streamlit.
"""
