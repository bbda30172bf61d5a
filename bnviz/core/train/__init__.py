"""Training, quick enough for a slider.

``trainer`` trains one network and ``replicas`` many at once; what both do in a step is in
``engine``, and the arithmetic of each layer in ``kernels``. ``batches`` and ``dropout`` say what a
step draws, ``optim`` how the parameters move, and ``evaluation`` measures a network between steps.
"""
