"""The axes explorer: which numbers share a mean and a variance.

Read ``sharing.py`` first: it asks the normalizers themselves over which axes they reduce.
``settings.py`` is what a reader can set, ``trace.py`` what comes out, ``properties.py`` the
questions that are answered by running the layers, ``findings.py`` the words.
"""

from bnviz.labs.axes.settings import METHODS, Request, Settings, fit
from bnviz.labs.axes.sharing import Sharing, sharing
from bnviz.labs.axes.trace import Trace, run

__all__ = ["METHODS", "Request", "Settings", "Sharing", "Trace", "fit", "run", "sharing"]
