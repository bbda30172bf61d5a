"""What a reader takes home: a run of the app as code that needs no bnviz, and its numbers.

>>> from bnviz.export import playground
>>> from bnviz.labs.playground import Settings
>>> code = playground.script(Settings(dataset="moons", depth=2))
>>> "import bnviz" in code, "nn.BatchNorm1d" in code
(False, True)
"""
