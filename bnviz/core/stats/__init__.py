"""Means and variances: of many values, over many batches, and measured anew.

``variance`` compares ways to compute a variance, ``running`` ways to average over batches,
``precise`` measures the statistics of a trained network anew, ``recalibration`` those of layers,
and ``summary`` describes activations for figures.
"""
