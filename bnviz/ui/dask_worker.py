"""Workers on other machines: a cluster of Dask distributed does the arms of all replicas.

The environment variable ``BNVIZ_SCHEDULER`` names its scheduler; ``docs/many_machines.md`` says how
to start one. Without it, or once it is gone, a server has worker processes of its own.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Any

from bnviz.labs.arm import Arm
from bnviz.ui.worker import Worker

SCHEDULER = "BNVIZ_SCHEDULER"
PATIENCE_S = 10.0
"""Longest wait for the scheduler at the start of a server."""
NEWS_S = 2.0
"""Pause between two looks at which machines there are."""
_LOG = logging.getLogger(__name__)


class Cluster(Executor):
    """The machines behind a scheduler, as a pool that takes pieces of work.

    The pieces of an arm always go to the same machine, whichever replica sends them: what it has
    begun is in that machine's memory. So do those of the arms that ask for it. If the machine dies,
    another one begins again.

    Raises
    ------
    OSError
        If no scheduler answers at this address.
    ImportError
        If ``distributed`` is not installed.
    ValueError
        If this is no address.
    """

    def __init__(self, address: str) -> None:
        from distributed import Client

        if not address.startswith(("tcp://", "tls://")):
            raise ValueError("the address begins with neither tcp:// nor tls://")
        self._client = Client(address, timeout=PATIENCE_S, set_as_default=False)
        self._machines: list[str] = []
        self._looked = -NEWS_S
        self._gone = False

    def submit(self, task: Callable[..., Any], /, *arguments: Any, **options: Any) -> Future[Any]:
        """Send a piece of work; raise BrokenExecutor if there is no scheduler or no machine."""
        try:
            home = self._home(next((one for one in arguments if isinstance(one, Arm)), None))
            place = {"workers": home, "allow_other_workers": True} if home else {}
            sent = self._client.submit(partial(task, *arguments, **options), pure=False, **place)
        except Exception as error:  # Dask has many words for it
            self._note_gone(error)
            raise BrokenExecutor("the cluster is gone") from error
        piece: Future[Any] = Future()
        piece.add_done_callback(lambda piece: sent.release() if piece.cancelled() else None)
        sent.add_done_callback(partial(self._hand_on, piece))
        return piece

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002
        """Leave the cluster; it goes on for the others."""
        self._gone = True
        self._client.close(timeout=PATIENCE_S if wait else 0)

    def _home(self, arm: Arm | None) -> list[str] | None:
        """Return the machine of an arm, the same for all replicas.

        Each machine draws a number for each arm, and the largest wins. When one comes or goes, only
        the arms that it won move.
        """
        if self._gone or self._client.status != "running":
            raise ConnectionError("the scheduler does not answer")
        if monotonic() - self._looked > NEWS_S:
            self._machines = [*self._client.scheduler_info(n_workers=-1)["workers"]]
            self._looked = monotonic()
        if not self._machines:
            raise ConnectionError("the scheduler has no workers")
        if arm is None:
            return None
        name = (arm.near or arm).name
        return [max(self._machines, key=lambda one: sha256(f"{one} {name}".encode()).digest())]

    def _hand_on(self, piece: Future[Any], sent: Any) -> None:
        """Give what has come of a piece to who waits for it."""
        if not piece.set_running_or_notify_cancel():
            return
        if sent.status in ("cancelled", "lost"):  # nobody here did that
            self._note_gone(ConnectionError("the scheduler has lost what it was asked"))
            piece.set_exception(BrokenExecutor("the cluster is gone"))
            return
        try:
            result = sent.result()
        except Exception as error:
            died = type(error).__name__ == "KilledWorker"
            piece.set_exception(BrokenExecutor("a machine died") if died else error)
        else:
            piece.set_result(result)

    def _note_gone(self, error: Exception) -> None:
        if not self._gone:
            self._gone = True
            _LOG.warning("No cluster any more (%s): this server computes by itself", error)


def workers(n_workers: int) -> list[Worker]:
    """Return the workers of a server: those of a cluster, if it is told of one and finds it."""
    address = os.environ.get(SCHEDULER)
    if address:
        try:
            cluster = Cluster(address)
            return [Worker(cluster) for _ in range(n_workers)]
        except Exception as error:  # Dask has many words for it
            _LOG.warning(
                "%s must name a running scheduler, like tcp://127.0.0.1:8786, and distributed be "
                "installed; got %r (%s): this server computes by itself",
                SCHEDULER,
                address,
                error,
            )
    return [Worker() for _ in range(n_workers)]
