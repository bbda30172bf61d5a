"""The mathematics of the project: NumPy and the standard library, nothing else."""
