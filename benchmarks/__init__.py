"""Benchmarks: tables with the contenders side by side. They fail nothing.

Importing this package limits NumPy's linear algebra to one thread, so import it before NumPy.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
