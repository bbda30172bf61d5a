"""Start the app with another engine than its own, for comparison.

    python -m benchmarks.engine {thread,one} OPTIONS OF STREAMLIT

``thread`` is the baseline: every run is computed in the thread of the script that asks for it, as
in an app without workers. ``one`` has a single worker process. The app's code is as it is; only
its workers or their number are replaced, before a page runs.
"""

import math
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from streamlit.web import cli

from bnviz.ui import compute
from bnviz.ui.prefetch import SWITCH
from bnviz.ui.worker import Worker

APP = Path(__file__).parents[1] / "app.py"
DEEP = 100_000
"""A run asks for its next piece when it gets one; here that is one call inside the other."""


class ScriptThread(Worker):
    """A worker that does the work at once, in the thread that hands it over."""

    def __init__(self) -> None:
        self.n_waiting, self.n_done, self.asked_at = 0, 0, -math.inf

    def submit(self, task: Callable[..., Any], *arguments: Any, **options: Any) -> Future[Any]:
        """Do a piece of work, and return what is done."""
        done: Future[Any] = Future()
        try:
            done.set_result(task(*arguments, **options))
        except Exception as error:
            done.set_exception(error)
        return done


def choose(engine: str) -> None:
    """Replace the app's workers."""
    if engine == "thread":
        sys.setrecursionlimit(DEEP)
        os.environ[SWITCH] = "off"  # there is nobody who could compute ahead
        compute.workers = lambda n: [ScriptThread() for _ in range(n)]
    elif engine == "one":
        compute.N_WORKERS = 1
    else:
        raise ValueError(f"the engine is thread or one, got {engine!r}")


if __name__ == "__main__":
    choose(sys.argv[1])
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[2:]]
    cli.main()
